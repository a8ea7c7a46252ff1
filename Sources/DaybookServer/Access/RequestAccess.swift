import Daybook
import HTTPTypes
import Logging

/// Who asks in a request, and what comes of that.
struct RequestAccess: Sendable {
    let caller: Caller
    private let keys: KeyRing?
    private let refusals: RefusalLog?

    init(caller: Caller, keys: KeyRing?, refusals: RefusalLog?) {
        self.caller = caller
        self.keys = keys
        self.refusals = refusals
    }

    /// Of a request whose caller was not asked for: may do nothing.
    static let nobody = RequestAccess(
        caller: Caller(name: nil, role: .guest, origin: .open), keys: nil, refusals: nil)

    /// Whether somebody who is known, or need not be, asks.
    var isKnown: Bool { refusals != nil }

    /// Whether it may do everything that can be done with keys, topics and others' registrations.
    var isAdmin: Bool { caller.isUnlimited(.admin) }

    // MARK: - Refusals

    /// A refusal that the caller is told of.
    func forbid(_ reason: String) -> Problem {
        note(reason)
        return Problem(.forbidden, reason)
    }

    func forbid(_ permission: Permission, _ event: Event) -> Problem {
        let project = event.project.map { "in project \($0)" } ?? "without project"
        return forbid("this needs the permission \(permission.rawValue) for topic \(event.topic) \(project)")
    }

    /// A refusal that the caller is not told of.
    func note(_ reason: String) { refusals?.write(reason, name: name) }

    /// How log lines name it.
    private var name: String {
        switch caller.origin {
        case .open: "no key"
        case .key, .token: caller.name ?? ""
        case .log: "own"
        }
    }

    /// Who wrote a record: the authenticated name, or else as the caller says.
    func actor(orElse sender: String?) -> String? { caller.name ?? sender }

    /// Whose idempotency keys a caller's are: nobody is to be answered what another one did.
    func idempotencyName(_ sender: String?) -> String {
        caller.name.map { "\($0)\n\(sender ?? "")" } ?? sender ?? ""
    }

    // MARK: - Events

    /// Whether the event is shown to it. That it is not is written down.
    func mayRead(_ event: some FilterSubject) -> Bool {
        if caller.may(.read, event) { return true }
        noteUnreadable()
        return false
    }

    func noteUnreadable() { note("it may not read the event") }

    // MARK: - Registrations

    /// Whether it may see, use and alter a registration.
    func mayManage(_ registration: Registration) -> Bool {
        isAdmin || (registration.ownerKey != nil && registration.ownerKey == ownerKey)
    }

    /// Whose key a registration gets as its owner.
    var ownerKey: String? { caller.origin == .key ? caller.name : nil }

    /// Looks whether it may have a registration delivered as it asks for. What a server itself has, its handlers and its
    /// secrets, is for admins: others must not even find out what there is.
    ///
    /// - Throws: 403.
    func check(_ registration: Registration) throws(Problem) {
        guard caller.origin != .token else {
            throw forbid("a registration belongs to an API key: a token ends, and nobody would own it")
        }
        guard !isAdmin else { return }
        switch registration.delivery {
        case .process, .pull: return
        case .handler: throw forbid("only admins may use the server's handlers")
        case .webhook: throw forbid("only admins may make webhooks: they are signed with the server's secrets")
        }
    }

    // MARK: - Long answers

    /// Why it may not go on; nil while it may.
    var end: String? { keys?.reasonForEnd(of: caller) }

    /// Does something that may take long, and breaks it off when the caller's rights end.
    ///
    /// - Throws: 401 then.
    func whileValid<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
        guard let keys else { return try await body() }
        return try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask { try await body() }
            group.addTask { [self] in
                let reason = try await keys.end(of: caller)
                note("it was broken off: \(reason)")
                throw Problem(.unauthorized, reason)
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }
}
