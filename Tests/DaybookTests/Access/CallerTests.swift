import Daybook
import Testing

/// What callers may do with events, by role and scopes.
struct CallerTests {
    private static let free = Event(topic: "demo.a")
    private static let inProject = Event(topic: "demo.a", project: "p1")
    private static let own = Event(topic: "demo.a", project: "p1", user: "ann")
    private static let events = [free, inProject, own]

    private func caller(_ role: Role, _ scopes: String...) throws -> Caller {
        Caller(name: "ann", role: role, scopes: try scopes.map { try AccessScope($0) }, origin: .key)
    }

    /// Which of the three events, as digits.
    private func allowed(_ caller: Caller, _ permission: Permission) -> String {
        Self.events.map { caller.may(permission, $0) ? "1" : "0" }.joined()
    }

    @Test(arguments: [
        (Role.service, ["111", "111", "111", "111", "111", "111"]),
        (.admin, ["111", "111", "111", "000", "111", "111"]),
        (.manager, ["111", "111", "111", "000", "111", "000"]),
        (.user, ["000", "001", "101", "000", "000", "000"]),
        (.guest, ["000", "000", "000", "000", "000", "000"]),
    ])
    func `roles without scopes`(role: Role, expected: [String]) throws {
        let caller = try caller(role)
        #expect(Permission.allCases.map { allowed(caller, $0) } == expected)
        for (permission, allowed) in zip(Permission.allCases, expected) {
            #expect(caller.holds(permission) == (allowed != "000"))
            #expect(caller.isUnlimited(permission) == (allowed == "111"))
        }
    }

    @Test func `scopes narrow what managers may do`() throws {
        let caller = try caller(.manager, "read projects=p*", "publish topics=demo.*", "enroll,admin")
        #expect(allowed(caller, .read) == "011")
        #expect(allowed(caller, .publish) == "111" && !caller.may(.publish, Event(topic: "other")))
        #expect(!caller.holds(.change) && !caller.holds(.replay))
        // What the role does not have no scope gives.
        #expect(!caller.holds(.enroll) && !caller.holds(.admin))
    }

    @Test func `scopes grant to users and guests`() throws {
        let guest = try caller(.guest, "read,publish topics=demo.* projects=p1")
        #expect(allowed(guest, .read) == "011" && allowed(guest, .publish) == "011" && allowed(guest, .change) == "000")
        #expect(guest.listing == guest.reading)
        let user = try caller(.user, "read topics=demo.a projects=p2")
        #expect(allowed(user, .read) == "101" && user.may(.read, Event(topic: "demo.a", project: "p2")))
        // Lists have own events and those of the scope, but not all without project.
        let listing = try #require(user.listing)
        #expect(Self.events.map { listing.matches($0) } == [false, false, true])
        #expect(listing.matches(Event(topic: "demo.a", project: "p2")))
    }

    @Test func `the project - is having none`() throws {
        let none = try caller(.guest, "read projects=-")
        #expect(allowed(none, .read) == "100")
        let both = try caller(.guest, "read projects=-,p1")
        #expect(allowed(both, .read) == "111")
        #expect(!both.may(.read, Event(topic: "demo.a", project: "p2")) && !both.isUnlimited(.read))
        // Without projects, whatever the project.
        #expect(allowed(try caller(.guest, "read topics=demo.*"), .read) == "111")
    }

    @Test func `jobs are of topics that a scope names, and of events that can be read`() throws {
        let service = try caller(.service, "enroll topics=job.* projects=p1", "read")
        #expect(service.mayEnroll(into: "job.x") && !service.mayEnroll(into: "other"))
        let sources = try #require(service.jobSources(of: "job.x"))
        #expect(Self.events.map { sources.matches($0) } == [false, true, true])
        let blind = try caller(.service, "enroll")
        #expect(blind.jobSources(of: "job.x")?.matches(Self.free) == false)
        #expect(try caller(.service).jobSources(of: "job.x") == nil)
        #expect(!(try caller(.admin)).mayEnroll(into: "job.x"))
    }

    @Test func `who acts in a user's name has that user's rights when it has a key`() throws {
        let service = try caller(.service)
        let plain = service.acting(as: "bob", with: nil)
        #expect(plain.user == "bob" && plain.role == .service && plain.isUnlimited(.read))
        let key = APIKey(name: "bob", role: .user, digest: "")
        let bob = service.acting(as: "bob", with: key)
        #expect(bob.user == "bob" && bob.role == .user && !bob.holds(.publish))
        #expect(bob.may(.change, Event(topic: "t", project: "p", user: "bob")) && !bob.may(.change, Self.own))
    }
}
