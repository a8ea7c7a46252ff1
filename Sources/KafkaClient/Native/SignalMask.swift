import Glibc

/// Calls `body` with all signals blocked for this thread, and so for every thread that it starts, for good.
///
/// librdkafka does so itself for the threads of a client, and not for that of a mock cluster, which ends when a signal
/// with a handler interrupts its waiting; calls to the cluster then hang or crash.
func withSignalsBlocked<Result>(_ body: () throws -> Result) rethrows -> Result {
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    return try body()
}
