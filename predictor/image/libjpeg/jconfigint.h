/* libjpeg-turbo's jconfigint.h for WebAssembly. */
#define BUILD ""
#define HIDDEN
#define INLINE __inline__ __attribute__((always_inline))
#define THREAD_LOCAL
#define PACKAGE_NAME "libjpeg-turbo"
#define VERSION "3.1.0"
#define SIZEOF_SIZE_T 4
#define HAVE_BUILTIN_CTZL
#define FALLTHROUGH __attribute__((fallthrough));
#define WITH_SIMD 1
