import Daybook

/// Who has a job, as far as is known: the index tells the sender, not which of its workers.
struct JobHolder: Hashable {
    var sender: String
    /// Nil when it is not known which of the sender's workers it is.
    var exactly: Holder?
    /// Who turned out not to have it.
    var others: Set<Holder> = []

    init(_ holder: Holder) {
        sender = holder.sender
        exactly = holder
    }

    init(sender: String) {
        self.sender = sender
    }

    /// Whether a holder may have the job.
    func mayBe(_ holder: Holder) -> Bool {
        fits(holder) && !others.contains(holder)
    }

    /// Whether what is known of the log allows it, whoever was refused.
    func fits(_ holder: Holder) -> Bool {
        if let exactly { return exactly == holder }
        return sender == holder.sender
    }
}
