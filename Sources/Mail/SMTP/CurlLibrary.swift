import CCurl
import Glibc

/// libcurl as a whole.
enum CurlLibrary {
    /// Makes it ready, once in a process.
    static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}

/// Calls `body` so that writing to a connection that the other side has ended is an error and no signal, which would end
/// the process. Other threads are not touched.
func withBrokenPipesIgnored<Result>(_ body: () throws -> Result) rethrows -> Result {
    var pipe = sigset_t()
    var before = sigset_t()
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &pipe, &before)
    defer {
        // One that came must be taken before the mask is as it was.
        var now = timespec()
        if sigismember(&before, SIGPIPE) == 0 { while sigtimedwait(&pipe, nil, &now) == SIGPIPE {} }
        pthread_sigmask(SIG_SETMASK, &before, nil)
    }
    return try body()
}
