/* libjpeg-turbo's jconfig.h for WebAssembly: what its own build would write, with SIMD from simd.c and no arithmetic coding. */
#define JPEG_LIB_VERSION 62
#define LIBJPEG_TURBO_VERSION 3.1.0
#define LIBJPEG_TURBO_VERSION_NUMBER 3001000
#define MEM_SRCDST_SUPPORTED 1
#define BITS_IN_JSAMPLE 8
#define WITH_SIMD 1
