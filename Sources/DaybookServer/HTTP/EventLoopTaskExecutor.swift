import NIOCore

/// Runs tasks on the thread of an event loop.
///
/// What a short request does then happens where its bytes come from and its answer goes to: handing it to another thread
/// and back costs more than much of what is done there.
final class EventLoopTaskExecutor: TaskExecutor {
    /// That of the connection whose request is being answered. Tasks that are started besides, which inherit everything
    /// but this, run there by it.
    @TaskLocal static var current: EventLoopTaskExecutor?

    private let loop: any EventLoop

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
