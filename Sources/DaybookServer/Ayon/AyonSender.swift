import HTTPTypes

/// Who AYON's client says it is, by headers. What does not fit the name pattern is ignored, as AYON does.
struct AyonSender {
    var sender: String?
    /// `api` when nothing is said.
    var senderType: String

    init(_ headers: HTTPFields) {
        sender = headers[.sender].flatMap { AyonNames.isName($0) ? $0 : nil }
        senderType = headers[.senderType].flatMap { AyonNames.isName($0) ? $0 : nil } ?? "api"
    }
}
