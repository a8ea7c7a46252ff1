/// What becomes of deliveries that are not handled at once.
public struct FailurePolicy: Hashable, Sendable {
    /// How often a delivery is tried in all, before it goes to dead letters.
    public var maximumAttempts: Int
    /// The pause after the first failed attempt; it doubles with each further one.
    public var initialDelay: Duration
    /// The longest pause.
    public var maximumDelay: Duration
    /// By how much of itself a pause is shortened at random, 0…1, so that many do not try again at one moment.
    public var jitter: Double
    /// How long one attempt may take; then it is cancelled and counts as failed.
    public var attemptTimeout: Duration
    /// How long a delivery may hold its partition's position back. What would be settled later moves to the retries
    /// stream, and later events of its ordering key follow it there until it is settled.
    public var settleWithin: Duration
    /// How many calls of the handler may be under way at once, each with other ordering keys.
    public var concurrency: Int

    public init(
        maximumAttempts: Int = 5, initialDelay: Duration = .seconds(1), maximumDelay: Duration = .seconds(300),
        jitter: Double = 0.2, attemptTimeout: Duration = .seconds(30), settleWithin: Duration = .seconds(5),
        concurrency: Int = 8
    ) {
        self.maximumAttempts = maximumAttempts
        self.initialDelay = initialDelay
        self.maximumDelay = maximumDelay
        self.jitter = jitter
        self.attemptTimeout = attemptTimeout
        self.settleWithin = settleWithin
        self.concurrency = concurrency
    }

    /// The pause after so many failed attempts.
    func delay(afterAttempts attempts: Int, random: Double = .random(in: 0..<1)) -> Duration {
        let doublings = min(max(attempts - 1, 0), 40)
        let full = min(initialDelay * (1 << doublings), maximumDelay)
        return full * (1 - jitter * random)
    }

    /// - Throws: ``InvalidRegistration`` with all that is wrong.
    func validate() throws(InvalidRegistration) {
        var problems: [FieldProblem] = []
        func check(_ isRight: Bool, _ field: String, _ message: String) {
            if !isRight { problems.append(FieldProblem("policy.\(field)", "bad_value", message)) }
        }
        let day = Duration.seconds(24 * 3600)
        check((1...1000).contains(maximumAttempts), "maximumAttempts", "must be 1 to 1000")
        check(initialDelay > .zero && initialDelay <= day, "initialDelaySeconds", "must be above 0, at most a day")
        check(
            maximumDelay >= initialDelay && maximumDelay <= day * 30, "maximumDelaySeconds",
            "must be at least the initial delay, at most 30 days")
        check((0...1).contains(jitter), "jitter", "must be 0 to 1")
        check(
            attemptTimeout > .zero && attemptTimeout <= day, "attemptTimeoutSeconds", "must be above 0, at most a day")
        check(settleWithin >= .zero && settleWithin <= day, "settleWithinSeconds", "must be 0 or more, at most a day")
        check((1...1024).contains(concurrency), "concurrency", "must be 1 to 1024")
        if !problems.isEmpty { throw InvalidRegistration(problems) }
    }
}
