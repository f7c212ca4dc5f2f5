/* How fast memory can be read: each thread sums its own buffer, over and over, in several streams
 * with prefetch; prints the best GB/s of all passes. Arguments: threads, megabytes a thread, passes.
 * Readers take the time themselves: where they have priority over all others, a thread that waits
 * for them wakes up too late. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

typedef uint64_t lanes __attribute__((vector_size(64)));

enum { AHEAD = 768 }; /* bytes */

struct reader {
  char *buffer;
  double *begun, *ended; /* of each pass */
};

static size_t bytes;
static int passes, streams;
static pthread_barrier_t barrier;
static uint64_t sink;

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec * 1e-9;
}

/* Inlined for each number of streams, so that the sums stay in registers. */
static inline __attribute__((always_inline)) uint64_t sum_of(const char *buffer, const int count) {
  size_t part = bytes / count;
  lanes sum[4] = {{0}};
  for (size_t at = 0; at < part; at += 256) {
    for (int s = 0; s < count; s++) {
      const char *from = buffer + s * part + at;
      for (int line = 0; line < 4; line++) {
        __builtin_prefetch(from + AHEAD + line * 64, 0, 0);
        sum[line] += *(const lanes *)(from + line * 64);
      }
    }
  }
  uint64_t total = 0;
  for (int i = 0; i < 32; i++) total += sum[i / 8][i % 8];
  return total;
}

static uint64_t read_all(const char *buffer) {
  switch (streams) {
    case 1: return sum_of(buffer, 1);
    case 2: return sum_of(buffer, 2);
    default: return sum_of(buffer, 4);
  }
}

static void *read_passes(void *argument) {
  struct reader *reader = argument;
  memset(reader->buffer, 1, bytes);
  for (int pass = 0; pass < passes; pass++) {
    pthread_barrier_wait(&barrier);
    reader->begun[pass] = seconds();
    __atomic_add_fetch(&sink, read_all(reader->buffer), __ATOMIC_RELAXED);
    reader->ended[pass] = seconds();
  }
  return NULL;
}

/* Best rate with that many streams a thread. */
static double best_of(int threads, int wanted, struct reader *readers) {
  pthread_t running[threads];
  double best = 0;
  streams = wanted;
  pthread_barrier_init(&barrier, NULL, threads);
  for (int t = 0; t < threads; t++) pthread_create(&running[t], NULL, read_passes, &readers[t]);
  for (int t = 0; t < threads; t++) pthread_join(running[t], NULL);
  pthread_barrier_destroy(&barrier);
  for (int pass = 0; pass < passes; pass++) {
    double begun = readers[0].begun[pass], ended = readers[0].ended[pass];
    for (int t = 1; t < threads; t++) {
      if (readers[t].begun[pass] < begun) begun = readers[t].begun[pass];
      if (readers[t].ended[pass] > ended) ended = readers[t].ended[pass];
    }
    double rate = threads * (double)bytes / (ended - begun) / 1e9;
    if (rate > best) best = rate;
  }
  return best;
}

int main(int count, char **arguments) {
  int threads = count > 1 ? atoi(arguments[1]) : 2;
  bytes = (size_t)(count > 2 ? atoi(arguments[2]) : 256) << 20;
  passes = count > 3 ? atoi(arguments[3]) : 8;
  struct reader readers[threads];
  for (int t = 0; t < threads; t++) {
    readers[t].begun = calloc(passes, sizeof(double));
    readers[t].ended = calloc(passes, sizeof(double));
    readers[t].buffer = mmap(NULL, bytes + 4096, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (readers[t].buffer == MAP_FAILED) return perror("mmap"), 1;
    madvise(readers[t].buffer, bytes, MADV_HUGEPAGE);
  }
  double best = 0;
  for (int wanted = 1; wanted <= 4; wanted *= 2) {
    double rate = best_of(threads, wanted, readers);
    if (rate > best) best = rate;
  }
  printf("%.2f\n", best);
  return 0;
}
