/// Conversion of a checkpoint to a directory that mlx-lm loads: inspect, plan, convert shards,
/// assemble, check, settle. The steps share nothing but the files of one workspace directory.
@org.jspecify.annotations.NullMarked
package bessemer.foundry.convert;
