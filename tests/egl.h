/* egl.h - contexts without a window, for tests and benchmarks on Linux: EGL by dlopen, no header, no library.

   egl_context egl;
   if (!egl_open(&egl, 0, 4, 3, NULL)) puts(egl.error);     es, major, minor, platform
   desc.load_proc = egl_load_proc, desc.load_user = &egl;   the context is current
   egl_close(&egl);

   Needs libEGL.so.1 and a driver: on Debian libegl1 and libgl1-mesa-dri. */
#ifndef PIKA_EGL_H
#define PIKA_EGL_H
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

typedef void (*egl_function)(void);

typedef struct egl_context {
    int es, robust;       /* robust: the context tells of resets */
    const char *platform; /* "device": hardware; "surfaceless" or "software device": Mesa's own */
    char error[200];      /* why egl_open failed, else "" */
    void *display, *context;
    egl_function (*get_proc)(const char *name);
    unsigned (*bind_api)(unsigned api);
    unsigned (*make_current)(void *display, void *draw, void *read, void *context);
    void *(*create_context)(void *display, void *config, void *share, const int *attributes);
    unsigned (*destroy_context)(void *display, void *context);
    void *(*get_current)(void);
    int (*get_error)(void);
} egl_context;

enum {
    EGL__NONE = 0x3038,
    EGL__EXTENSIONS = 0x3055,
    EGL__MAJOR_VERSION = 0x3098,
    EGL__OPENGL_ES_API = 0x30A0,
    EGL__OPENGL_API = 0x30A2,
    EGL__ROBUST_ACCESS_EXT = 0x30BF, /* OpenGL ES before EGL 1.5 */
    EGL__MINOR_VERSION = 0x30FB,
    EGL__CONTEXT_FLAGS = 0x30FC,
    EGL__PROFILE_MASK = 0x30FD,
    EGL__RESET_STRATEGY_EXT = 0x3138,
    EGL__PLATFORM_DEVICE = 0x313F,
    EGL__ROBUST_ACCESS = 0x31B2,
    EGL__RESET_STRATEGY = 0x31BD,
    EGL__LOSE_CONTEXT_ON_RESET = 0x31BF,
    EGL__PLATFORM_SURFACELESS = 0x31DD
};

/* A function's address goes into a pointer of its own type as bytes: ISO C has no such cast from void *. */
static int egl__symbol(egl_context *egl, void *library, const char *name, void *function)
{
    void *address = dlsym(library, name);
    memcpy(function, &address, sizeof address);
    if (address == NULL) snprintf(egl->error, sizeof egl->error, "libEGL.so.1 has no %s", name);
    return address != NULL;
}

static int egl__has(const char *extensions, const char *name)
{
    const size_t length = strlen(name);
    const char *at = extensions;
    for (; at != NULL && (at = strstr(at, name)) != NULL; at += length)
        if ((at == extensions || at[-1] == ' ') && (at[length] == ' ' || at[length] == 0)) return 1;
    return 0;
}

/* Hardware first: where NVIDIA's and Mesa's drivers are both installed, "surfaceless" is Mesa's software. */
static int egl__display(egl_context *egl, void *library, const char *platform, int *version)
{
    const char *(*query_string)(void *, int);
    unsigned (*initialize)(void *, int *, int *);
    void *(*get_display)(unsigned, void *, const int *);
    unsigned (*query_devices)(int, void **, int *);
    const char *(*query_device)(void *, int);
    const char *extensions;
    void *devices[16];
    int count = 0, minor, software, i;
    const int surfaceless = platform == NULL || strcmp(platform, "surfaceless") == 0;
    const int device = platform == NULL || strcmp(platform, "device") == 0;
    egl_function function;
    if (!egl__symbol(egl, library, "eglQueryString", &query_string) ||
        !egl__symbol(egl, library, "eglInitialize", &initialize))
        return 0;
    extensions = query_string(NULL, EGL__EXTENSIONS);
    function = egl->get_proc("eglGetPlatformDisplayEXT");
    memcpy(&get_display, &function, sizeof function);
    function = egl->get_proc("eglQueryDevicesEXT");
    memcpy(&query_devices, &function, sizeof function);
    function = egl->get_proc("eglQueryDeviceStringEXT");
    memcpy(&query_device, &function, sizeof function);
    if (!egl__has(extensions, "EGL_EXT_platform_base") || get_display == NULL) {
        snprintf(egl->error, sizeof egl->error, "EGL lacks EGL_EXT_platform_base");
        return 0;
    }
    if (!device || !egl__has(extensions, "EGL_EXT_platform_device") || query_devices == NULL ||
        query_device == NULL || !query_devices(16, devices, &count))
        count = 0;
    for (software = 0; software < 2; software++) {
        for (i = 0; i < count; i++) {
            const char *of_device = query_device(devices[i], EGL__EXTENSIONS);
            if (egl__has(of_device, "EGL_MESA_device_software") != software) continue;
            egl->display = get_display(EGL__PLATFORM_DEVICE, devices[i], NULL);
            egl->platform = software ? "software device" : "device";
            if (egl->display != NULL && initialize(egl->display, version, &minor)) goto found;
        }
        if (software || !surfaceless || !egl__has(extensions, "EGL_MESA_platform_surfaceless")) continue;
        egl->display = get_display(EGL__PLATFORM_SURFACELESS, NULL, NULL);
        egl->platform = "surfaceless";
        if (egl->display != NULL && initialize(egl->display, version, &minor)) goto found;
    }
    snprintf(egl->error, sizeof egl->error, "EGL has no display that starts (error 0x%x); platform %s",
        (unsigned)egl->get_error(), platform != NULL ? platform : "device or surfaceless");
    return 0;
found:
    *version = *version * 10 + minor;
    extensions = query_string(egl->display, EGL__EXTENSIONS);
    if (!egl__has(extensions, "EGL_KHR_surfaceless_context") ||
        !(egl__has(extensions, "EGL_KHR_no_config_context") ||
            egl__has(extensions, "EGL_MESA_configless_context"))) {
        snprintf(egl->error, sizeof egl->error,
            "EGL lacks EGL_KHR_surfaceless_context or EGL_KHR_no_config_context");
        return 0;
    }
    return 1;
}

static inline int egl_make_current(egl_context *egl)
{
    egl->bind_api(egl->es ? EGL__OPENGL_ES_API : EGL__OPENGL_API);
    return egl->make_current(egl->display, NULL, NULL, egl->context) != 0;
}

/* No context is current on this thread. */
static inline void egl_release(egl_context *egl) { egl->make_current(egl->display, NULL, NULL, NULL); }

/* As pika_gl_desc wants it; so is egl_is_current for context_current. */
static inline void *egl_load_proc(const char *name, void *egl)
{
    const egl_function function = ((egl_context *)egl)->get_proc(name);
    void *address;
    memcpy(&address, &function, sizeof address);
    return address;
}

static inline int egl_is_current(void *user)
{
    egl_context *egl = (egl_context *)user;
    egl->bind_api(egl->es ? EGL__OPENGL_ES_API : EGL__OPENGL_API);
    return egl->get_current() == egl->context;
}

/* A context of at least this version (drivers give the newest that is compatible), told of resets where
   that can be had, and current. platform: "device", "surfaceless", NULL = any. 0: error says why. */
static inline int egl_open(egl_context *egl, int es, int major, int minor, const char *platform)
{
    void *library = dlopen("libEGL.so.1", RTLD_NOW | RTLD_LOCAL); /* never closed: drivers do not bear it */
    int attributes[16], count = 0, robust, version = 0;
    memset(egl, 0, sizeof *egl);
    egl->es = es;
    if (library == NULL) {
        snprintf(egl->error, sizeof egl->error, "libEGL.so.1 is not here (Debian: libegl1, libgl1-mesa-dri)");
        return 0;
    }
    if (!egl__symbol(egl, library, "eglGetProcAddress", &egl->get_proc) ||
        !egl__symbol(egl, library, "eglBindAPI", &egl->bind_api) ||
        !egl__symbol(egl, library, "eglMakeCurrent", &egl->make_current) ||
        !egl__symbol(egl, library, "eglCreateContext", &egl->create_context) ||
        !egl__symbol(egl, library, "eglDestroyContext", &egl->destroy_context) ||
        !egl__symbol(egl, library, "eglGetCurrentContext", &egl->get_current) ||
        !egl__symbol(egl, library, "eglGetError", &egl->get_error) ||
        !egl__display(egl, library, platform, &version))
        return 0;
    if (!egl->bind_api(es ? EGL__OPENGL_ES_API : EGL__OPENGL_API)) {
        snprintf(egl->error, sizeof egl->error, "EGL has no %s", es ? "OpenGL ES" : "OpenGL");
        return 0;
    }
    attributes[count++] = EGL__MAJOR_VERSION;
    attributes[count++] = major;
    attributes[count++] = EGL__MINOR_VERSION;
    attributes[count++] = minor;
    if (!es) {
        attributes[count++] = EGL__PROFILE_MASK;
        attributes[count++] = 1; /* core */
    }
    robust = count;
    attributes[count++] = version >= 15 ? EGL__ROBUST_ACCESS
                          : es          ? EGL__ROBUST_ACCESS_EXT
                                        : EGL__CONTEXT_FLAGS;
    attributes[count++] = version >= 15 || es ? 1 : 4; /* the flag's bit */
    attributes[count++] = version >= 15 || !es ? EGL__RESET_STRATEGY : EGL__RESET_STRATEGY_EXT;
    attributes[count++] = EGL__LOSE_CONTEXT_ON_RESET;
    attributes[count] = EGL__NONE;
    egl->context = egl->create_context(egl->display, NULL, NULL, attributes);
    egl->robust = egl->context != NULL;
    if (egl->context == NULL) { /* softpipe refuses */
        attributes[robust] = EGL__NONE;
        egl->context = egl->create_context(egl->display, NULL, NULL, attributes);
    }
    if (egl->context == NULL || !egl_make_current(egl)) {
        snprintf(egl->error, sizeof egl->error, "no context of %s %d.%d (EGL error 0x%x, %s)",
            es ? "OpenGL ES" : "OpenGL", major, minor, (unsigned)egl->get_error(), egl->platform);
        if (egl->context != NULL) egl->destroy_context(egl->display, egl->context);
        egl->context = NULL;
        return 0;
    }
    return 1;
}

/* The display stays: other contexts may share it, and EGL does not count. */
static inline void egl_close(egl_context *egl)
{
    if (egl->context == NULL) return;
    if (egl_is_current(egl)) egl_release(egl);
    egl->destroy_context(egl->display, egl->context);
    memset(egl, 0, sizeof *egl);
}

#endif
