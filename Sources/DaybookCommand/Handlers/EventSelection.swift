import Daybook

/// Which events a handler handles of those that registrations deliver to it; the others are settled.
enum EventSelection: Hashable, Sendable {
    case all, none
    case matching(Filter)

    /// What becomes of events when a handler has no filter.
    private enum DefaultAction: String, CaseIterable {
        case handle, skip
    }

    /// Reads a handler's `filter`, and its `defaultAction` for when it has none.
    init(_ reader: inout SettingsReader) {
        self = .all
        let text = reader.string("filter")
        let action: DefaultAction? = reader.choice("defaultAction")
        if text != nil, action != nil {
            reader.fail("defaultAction", "counts only without a filter: leave one of them out")
        }
        if action == .skip { self = .none }
        guard let text else { return }
        do throws(InvalidFilter) {
            self = .matching(try Filter(text))
        } catch {
            reader.fail("filter", error.description)
        }
    }

    func contains(_ delivery: Delivery) -> Bool {
        switch self {
        case .all: true
        case .none: false
        case .matching(let filter): filter.matches(delivery.event)
        }
    }
}
