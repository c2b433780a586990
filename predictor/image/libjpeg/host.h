/* What the module asks of its host. */

/* Throws: the image cannot be decoded here. */
__attribute__((import_module("host"), import_name("fail"))) _Noreturn void fail(void);
