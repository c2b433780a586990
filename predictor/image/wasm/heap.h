/* What the decoders in WebAssembly share: their memory, and how they end in failure. */
#include <stddef.h>

enum reason { DAMAGED, OUT_OF_MEMORY };

/* Throws in the host, which then takes a new instance. */
__attribute__((import_module("host"), import_name("fail"))) _Noreturn void fail(int reason);

/* Memory until the next image, aligned for the largest vectors. Nothing is given back before. */
void *take(size_t size);
