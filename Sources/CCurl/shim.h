#pragma once
#include <curl/curl.h>

// Swift imports no variadic functions. These say the same, one for each kind of value.

static inline CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

/// libcurl copies the text.
static inline CURLcode ccurl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

/// Also lists and buffers. libcurl keeps the pointer.
static inline CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

/// Of reading what is to be sent, and of writing what came.
static inline CURLcode ccurl_set_data_callback(CURL *handle, CURLoption option,
                                               size_t (*callback)(char *, size_t, size_t, void *)) {
    return curl_easy_setopt(handle, option, callback);
}

static inline CURLcode ccurl_set_debug_callback(CURL *handle,
                                                int (*callback)(CURL *, curl_infotype, char *, size_t, void *)) {
    return curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, callback);
}

static inline CURLcode ccurl_set_progress_callback(CURL *handle, int (*callback)(void *, curl_off_t, curl_off_t,
                                                                                 curl_off_t, curl_off_t)) {
    return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, callback);
}

/// `opened` is called with each new socket, `close` in place of closing one.
static inline void ccurl_set_socket_callbacks(CURL *handle, int (*opened)(void *, curl_socket_t, curlsocktype),
                                              int (*close)(void *, curl_socket_t)) {
    curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, opened);
    curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, close);
}

static inline CURLcode ccurl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

/// What a finished transfer ended with. The message's union does not import.
static inline CURLcode ccurl_result(const CURLMsg *message) { return message->data.result; }
