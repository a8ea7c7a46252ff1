import Daybook

/// What the clients of a schedule were told: what no log holds.
struct SimulatedJournal {
    /// A verdict that reached who asked. Times are numbers of steps.
    struct Answer {
        let client: Int
        let request: HashRequest
        let verdict: Verdict
        let sentAt: Int
        let toldAt: Int
    }

    /// An acknowledged event without a hash.
    struct Plain {
        let event: Event
        let position: Position
        let sentAt: Int
        let toldAt: Int
    }

    var answers: [Answer] = []
    var plain: [Plain] = []
}
