/* The heap of a decoder: every image begins with an empty one. There is no C library. */

#include <stddef.h>
#include <stdint.h>

#include "heap.h"

/* Bytes; of the largest vectors that are loaded. */
#define ALIGNMENT 32
#define PAGE 65536

extern unsigned char __heap_base;
static size_t heap_end;

void *take(size_t size) {
  if (size > SIZE_MAX - heap_end - ALIGNMENT - PAGE) fail(OUT_OF_MEMORY);
  size_t end = heap_end + ((size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1));
  size_t have = __builtin_wasm_memory_size(0) * PAGE;
  if (end > have && __builtin_wasm_memory_grow(0, (end - have + PAGE - 1) / PAGE) == SIZE_MAX) fail(OUT_OF_MEMORY);
  void *start = (void *)heap_end;
  heap_end = end;
  return start;
}

/* Empties the heap. Returns where the file of so many bytes has to be written. */
__attribute__((export_name("reserve"))) unsigned char *reserve(size_t size) {
  heap_end = ((size_t)&__heap_base + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
  return take(size);
}

/* What compiler and libraries call. */
void *memcpy(void *restrict to, const void *restrict from, size_t size) { return __builtin_memcpy(to, from, size); }
void *memset(void *to, int value, size_t size) { return __builtin_memset(to, value, size); }
int memcmp(const void *a, const void *b, size_t size) {
  const unsigned char *left = a, *right = b;
  for (; size > 0 && *left == *right; size--) left++, right++;
  return size == 0 ? 0 : *left - *right;
}
