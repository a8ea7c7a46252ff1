import Dispatch

/// Where everything is done that writes, one thing after the other, and where tasks may run that go back and forth with
/// it: what follows there on something else needs no other thread, which would take some 20 µs to wake.
final class WritingQueue: TaskExecutor {
    private let queue = DispatchQueue(label: "daybook.log.writer")

    /// Runs the body after what was handed in before it.
    func run(_ body: @escaping @Sendable () -> Void) {
        queue.async(execute: body)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
