import Daybook
import HTTPTypes
import LosslessJSON

/// The outcomes of a batch's items, in their order.
struct BatchResults {
    private(set) var items: [Result<Published, ItemRefusal>] = []

    /// - Parameter outcomes: of the items that could be read, in order.
    init(items: [BatchItem], outcomes: [Result<Published, PublishError>]) {
        var rest = outcomes[...]
        for item in items {
            switch item.write {
            case .failure(let refusal): self.items.append(.failure(refusal.at(item.place)))
            case .success(let write):
                let outcome = rest.popFirst() ?? .failure(.batchAborted)
                self.items.append(outcome.mapError { ItemRefusal($0, eventID: write.eventID).at(item.place) })
            }
        }
    }

    var refusals: [ItemRefusal] {
        items.compactMap { if case .failure(let refusal) = $0 { refusal } else { nil } }
    }

    /// The refusal of the whole request: when nothing of it was stored because it was to be stored as a whole, or
    /// because the log could take none of it. Else each item speaks for itself.
    func problem(isAtomic: Bool) -> Problem? {
        let refusals = refusals
        let own = refusals.filter { $0.status != .failedDependency }
        guard let first = own.first ?? refusals.first else { return nil }
        var problem: Problem
        if isAtomic {
            problem = Problem(
                first.status, "nothing was stored, since \(own.count) of \(items.count) items failed: \(first.message)")
            if first.status == .serviceUnavailable {
                problem = .unavailable(problem.detail, stored: first.stored)
                if first.stored == .unknown {
                    problem.detail = "it is not known whether the batch was stored: \(first.message)"
                }
            }
        } else if refusals.count == items.count, own.allSatisfy({ $0.status == .serviceUnavailable }) {
            let isUnknown = own.contains { $0.stored == .unknown }
            problem = .unavailable(first.message, stored: isUnknown ? .unknown : .no)
        } else {
            return nil
        }
        problem.results = JSONText(trusting: list)
        return problem
    }

    /// `{"results": […]}`
    var body: [UInt8] {
        Array("{\"results\":".utf8) + list + Array("}".utf8)
    }

    private var list: [UInt8] {
        var json = JSONWriter(capacity: items.count * 80)
        json.beginArray()
        for item in items {
            json.beginObject()
            switch item {
            case .success(let published):
                json.key("id")
                published.id.withHexDigits { json.string(utf8: $0) }
                json.key("status")
                json.int(200)
                json.key("position")
                json.string(published.position.description)
                published.writeWarnings(to: &json)
            case .failure(let refusal):
                if let id = refusal.eventID {
                    json.key("id")
                    json.string(id.description)
                }
                json.key("status")
                json.int(refusal.status.code)
                json.key("error")
                json.string(refusal.message)
                if let stored = refusal.stored {
                    json.key("stored")
                    json.string(stored.rawValue)
                }
                if let original = refusal.duplicateOf {
                    json.key("duplicateOf")
                    json.string(original.description)
                }
                if let position = refusal.position {
                    json.key("position")
                    json.string(position.description)
                }
            }
            json.endObject()
        }
        json.endArray()
        return json.bytes
    }
}

extension Published {
    /// Writes the member `warnings` when there are any.
    func writeWarnings(to json: inout JSONWriter) {
        guard !warnings.isEmpty else { return }
        json.key("warnings")
        json.beginArray()
        for warning in warnings { json.string(warning.description) }
        json.endArray()
    }
}
