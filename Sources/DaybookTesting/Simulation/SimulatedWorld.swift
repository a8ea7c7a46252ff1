import Daybook
import DaybookIndex

/// Everything in one schedule: the log, who uses it, and the one source of chance.
final class SimulatedWorld {
    /// How often what goes wrong, in percent of the steps in which it could; each schedule has its own mix, so that
    /// some are quiet but for one thing.
    struct Rates {
        let failure, unknownCommit, retry, crash, sleep, rebalance, late, lost, timeout, jump: Int

        init(using random: inout SeededGenerator) {
            func rate(_ choices: Int...) -> Int { choices.randomElement(using: &random) ?? 0 }
            failure = rate(0, 1, 5)
            unknownCommit = rate(0, 10, 40)
            retry = rate(2, 10, 30)
            crash = rate(0, 3, 10)
            sleep = rate(0, 5, 15)
            rebalance = rate(0, 3, 10)
            late = rate(0, 10, 30)
            lost = rate(0, 5, 20)
            timeout = rate(0, 0, 3)
            jump = rate(2, 10, 20)
        }
    }

    let fault: SimulationFault?
    let rates: Rates
    /// Of every index. Those with a bound read a history that loses nothing: what an event that has left the log pushed
    /// out while it was there, an index made later still has.
    private(set) var bounds = IndexBounds()
    var random: SeededGenerator
    var broker: SimulatedBroker
    var clients: [SimulatedClient] = []
    var servers: [SimulatedServer] = []
    var projectors: [SimulatedProjector] = []
    var journal = SimulatedJournal()
    /// The number of the step.
    var now = 0
    /// Nothing new is asked, and nothing fails any more.
    var isEnding = false
    private(set) var summary = SimulationSummary()
    private(set) var failure: (rule: SimulationViolation.Rule, reason: String)?
    /// Events as their publishers made them.
    private(set) var events: [EventID: Event] = [:]
    private let tracer: ((String) -> Void)?

    init(seed: UInt64, fault: SimulationFault?, tracer: ((String) -> Void)?) {
        self.fault = fault
        self.tracer = tracer
        random = SeededGenerator(seed: seed)
        rates = Rates(using: &random)
        broker = SimulatedBroker(using: &random)
        if Bool.random(using: &random) { bounds.maximumEventsPerPartition = 3 }
        let roles: [SimulatedClient.Role] =
            [.publisher, .publisher, .publisher] + (1...3).map { .worker(Holder("worker \($0)")) } + [.keeper]
        clients = roles.enumerated().map { SimulatedClient($0, $1) }
        servers = (0..<Int.random(in: 2...3, using: &random)).map { _ in SimulatedServer(self) }
        projectors = [SimulatedProjector(bounds), SimulatedProjector(bounds)]
    }

    func chance(_ percent: Int) -> Bool {
        !isEnding && percent > 0 && Int.random(in: 0..<100, using: &random) < percent
    }

    // MARK: - Telling

    func trace(_ text: @autoclosure () -> String) {
        if let tracer { tracer("\(now): \(text())") }
    }

    func note(_ count: SimulationSummary.Count, _ text: @autoclosure () -> String) {
        summary[count] += 1
        trace(text())
    }

    /// Something was found while the schedule ran. The first counts.
    func fail(_ rule: SimulationViolation.Rule, _ reason: String) {
        if failure == nil { failure = (rule, reason) }
    }

    // MARK: - The network

    /// Sends something to be appended outside of any transaction.
    ///
    /// - Returns: where it lies, when that is known.
    @discardableResult
    func send(_ content: SimulatedContent, to partition: StreamPartition) -> Position? {
        if chance(rates.late) {
            note(.lateDeliveries, "something for \(partition) is late")
            broker.flights.append(.append(content, partition))
            return nil
        }
        if chance(rates.lost) {
            note(.lostDeliveries, "something for \(partition) is lost, or its acknowledgement is")
            if Bool.random(using: &random) { broker.append(content, to: partition) }
            return nil
        }
        return broker.append(content, to: partition).position
    }

    // MARK: - Events

    func event(
        _ topic: String, hash: String? = nil, sender: String? = nil, status: EventStatus = .finished,
        orderingKey: String? = nil
    ) -> Event {
        // Numbered, so that traces and violations read well; UUIDs otherwise.
        let id = EventID(
            high: random.next() & ~0xF000 | 0x7000, low: 0x8000_0000_0000_0000 | UInt64(events.count + 1))
        let event = Event(
            topic: topic, id: id, hash: hash, sender: sender, status: status, description: "made at \(now)",
            orderingKey: orderingKey)
        events[id] = event
        return event
    }

    /// Where an event's records go. The events of some hashes stay together, those of others do not.
    func home(of event: Event) -> StreamPartition {
        guard let hash = event.hash, hash == "a" || hash.hasPrefix("job") else {
            return SimulatedStream.historyPartition(ofKey: "\(event.id)")
        }
        return SimulatedStream.historyPartition(ofKey: hash)
    }

    /// Calls the body with an event of a hash that somebody was told of, maybe long ago.
    func known(_ hash: String, using body: (Event) -> Void) {
        let told = journal.answers.suffix(20).compactMap { answer -> Event? in
            guard answer.request.hash == hash else { return nil }
            switch answer.verdict {
            case .done, .repeated: return events[answer.request.event]
            case .duplicate(let event, _), .lost(_, let event): return events[event]
            case .granted(let job): return events[job.event]
            default: return nil
            }
        }
        if let event = told.randomElement(using: &random) { body(event) }
    }

    /// Whether readers of history see an event of this hash.
    func isInHistory(_ hash: String) -> Bool {
        SimulatedStream.allHistory.contains { partition in
            broker[partition].read(from: 0).records.contains { _, _, content in
                guard case .event(let record) = content else { return false }
                return (try? RecordDecoder.decode(record))?.event.hash == hash
            }
        }
    }
}
