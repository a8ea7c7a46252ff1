import Daybook
import HTTPTypes
import LosslessJSON

@testable import DaybookServer

extension TestServer {
    /// Makes a registration and gives the answer.
    @discardableResult
    func register(_ members: String) async throws -> Answer {
        try await send(.post, "/api/registrations", "{\(members)}")
    }

    func registration(_ name: String, _ action: String = "") async throws -> Answer {
        try await get("/api/registrations/\(name)\(action)")
    }

    func act(_ name: String, _ action: String, _ body: String? = nil) async throws -> Answer {
        try await send(.post, "/api/registrations/\(name)/\(action)", body)
    }

    /// Fetches deliveries until there are so many.
    func pull(_ name: String, _ count: Int, lease: Double = 30) async throws -> [JSONValue] {
        var deliveries: [JSONValue] = []
        while deliveries.count < count {
            let answer = try await act(
                name, "pull",
                #"{"max": \#(count - deliveries.count), "waitSeconds": 20, "leaseSeconds": \#(lease)}"#)
            guard answer.status == 200, let part = answer["deliveries"]?.items, !part.isEmpty else {
                throw Unexpected(answer: answer)
            }
            deliveries += part
        }
        return deliveries
    }

    /// Waits until a registration's answer fits.
    func whenRegistration(_ name: String, _ fits: (Answer) -> Bool) async throws -> Answer {
        while true {
            let answer = try await registration(name)
            if fits(answer) { return answer }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

extension JSONValue {
    /// The token of a delivery.
    var token: String { self["token"]?.text ?? "" }
    var eventText: String? { self["event"]?["description"]?.text }
}

extension [JSONValue] {
    /// The body that names these deliveries.
    func tokens(_ more: String = "") -> String {
        #"{"tokens": [\#(map { "\"\($0.token)\"" }.joined(separator: ", "))]\#(more.isEmpty ? "" : ", " + more)}"#
    }
}
