/* How fast memory can be read: each thread sums its own buffer, over and over, in several streams
 * with prefetch; prints the best GB/s of all passes. Arguments: threads, megabytes a thread, passes. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

typedef uint64_t lanes __attribute__((vector_size(64)));

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
        __builtin_prefetch(from + 2048 + line * 64, 0, 0);
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

static void *reader(void *buffer) {
  memset(buffer, 1, bytes);
  for (int pass = 0; pass < passes; pass++) {
    pthread_barrier_wait(&barrier);
    __atomic_add_fetch(&sink, read_all(buffer), __ATOMIC_RELAXED);
    pthread_barrier_wait(&barrier);
  }
  return NULL;
}

/* Best rate with that many streams a thread. */
static double best_of(int threads, int wanted, char **buffers) {
  pthread_t readers[threads];
  double best = 0;
  streams = wanted;
  pthread_barrier_init(&barrier, NULL, threads + 1);
  for (int t = 0; t < threads; t++) pthread_create(&readers[t], NULL, reader, buffers[t]);
  for (int pass = 0; pass < passes; pass++) {
    pthread_barrier_wait(&barrier);
    double start = seconds();
    pthread_barrier_wait(&barrier);
    double rate = threads * (double)bytes / (seconds() - start) / 1e9;
    if (rate > best) best = rate;
  }
  for (int t = 0; t < threads; t++) pthread_join(readers[t], NULL);
  pthread_barrier_destroy(&barrier);
  return best;
}

int main(int count, char **arguments) {
  int threads = count > 1 ? atoi(arguments[1]) : 2;
  bytes = (size_t)(count > 2 ? atoi(arguments[2]) : 256) << 20;
  passes = count > 3 ? atoi(arguments[3]) : 8;
  char *buffers[threads];
  for (int t = 0; t < threads; t++) {
    buffers[t] = mmap(NULL, bytes + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (buffers[t] == MAP_FAILED) return perror("mmap"), 1;
    madvise(buffers[t], bytes, MADV_HUGEPAGE);
  }
  double best = 0;
  for (int wanted = 1; wanted <= 4; wanted *= 2) {
    double rate = best_of(threads, wanted, buffers);
    if (rate > best) best = rate;
  }
  printf("%.2f\n", best);
  return 0;
}
