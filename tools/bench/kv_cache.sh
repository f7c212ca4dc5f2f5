#!/usr/bin/env bash
# What the cache of keys and values saves: greedy translations by a LingoLite of random weights, with
# the cache and without, in turns. Needs a JDK 25 as JAVA_HOME.
#
#   tools/bench/kv_cache.sh [SIZE [THREADS [TOKENS_READ]]]     # tiny, small (default), medium, large
set -euo pipefail
cd "$(dirname "$0")/../.."
./bessemer --help >/dev/null # builds the jars where there are none
./mvnw -q -B -Dquick -pl libs/models -am test-compile
exec "${JAVA_HOME:?a JDK 25}/bin/java" --add-modules jdk.incubator.vector \
  --enable-native-access=ALL-UNNAMED -cp "libs/models/target/test-classes:cli/target/app/*" \
  bessemer.models.translation.CacheBench "$@"
