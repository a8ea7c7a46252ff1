import Daybook

/// A source that waits in a queue, or whose job is not over.
struct QueuedSource {
    enum Phase: Hashable {
        /// Somebody of this process asks the arbiter for it just now, or it is on its way into another phase.
        case claiming
        /// Its job can be had, as far as is known.
        case ready
        /// Somebody has its job.
        case running
        /// Its job failed and rests.
        case resting
        /// Its job failed as often as it may.
        case exhausted
    }

    /// The job, as far as it was taken into account.
    struct Job {
        var id: EventID
        var status: EventStatus
        var retries: Int
        var lastOffset: Int64
    }

    let key: SourceKey
    /// The log time of its last record.
    var updatedAt: Int64
    var phase = Phase.claiming
    var job: Job?
    /// Who has the job; also when its lease may have ended and nobody else has got it yet.
    var holder: JobHolder?
    /// How long the job's holder may be silent, in microseconds; nil for ever.
    var lease: Int64?
    /// Since when it is in its phase, by log time.
    var since: Int64
    /// The queue's revision when the index told something of it last.
    var revision = 0
    /// When it is to be looked at again; `max` when only a record changes anything.
    var wake = Int64.max

    init(key: SourceKey, updatedAt: Int64) {
        self.key = key
        self.updatedAt = updatedAt
        since = updatedAt
    }
}
