import Daybook
import HTTPTypes

/// Who AYON's client says it is, by headers. What does not fit the name pattern is ignored, as AYON does.
struct AyonSender {
    var sender: String?
    /// `api` when nothing is said.
    var senderType: String
    /// Whose event it becomes: the caller's, or the one in whose name a service acts.
    var user: String?
    /// Which of the sender's workers it is.
    var workerID: String?

    init(_ headers: HTTPFields, _ caller: Caller) {
        sender = headers[.sender].flatMap { AyonNames.isName($0) ? $0 : nil }
        senderType = headers[.senderType].flatMap { AyonNames.isName($0) ? $0 : nil } ?? "api"
        user = caller.user ?? (caller.role == .service ? nil : caller.name)
        workerID = headers[.workerID].flatMap { AyonNames.isName($0) ? $0 : nil }
    }

    /// Who acts in a job: by the header, or else as the body says.
    func holder(orElse name: String?) -> Holder? {
        (sender ?? name).map { Holder($0, workerID: workerID) }
    }
}
