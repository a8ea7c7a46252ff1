import Daybook
import LosslessJSON

/// What the index knows of a source's job.
struct JobFacts {
    var id: EventID
    var status: EventStatus
    var retries: Int
    var sender: String
    /// As it was when the job was created; who has it now may be another worker.
    var metadata: JobMetadata
    var updatedAt: Int64
    var lastOffset: Int64

    init(_ view: IndexedEventView) {
        id = view.id
        status = view.status
        retries = view.retries
        sender = view.sender.map { String(decoding: $0, as: UTF8.self) } ?? ""
        metadata = view.metadata.map { JobMetadata(JSONText(trusting: Array($0))) } ?? JobMetadata()
        updatedAt = view.updatedAt.microseconds
        lastOffset = view.last.offset
    }

    var isOver: Bool { status == .finished || status == .aborted }
}
