/* Marks what the shared library exports; everything else is hidden. */
#ifndef HYPERION_EXPORT_H
#define HYPERION_EXPORT_H

#if defined(__GNUC__)
#define HYP_API __attribute__((visibility("default")))
#else
#define HYP_API
#endif

#ifdef __cplusplus
#define HYP_BEGIN_DECLS extern "C" {
#define HYP_END_DECLS   }
#else
#define HYP_BEGIN_DECLS
#define HYP_END_DECLS
#endif

#endif
