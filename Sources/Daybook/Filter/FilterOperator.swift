/// How a condition compares.
public enum FilterOperator: String, Hashable, Sendable, CaseIterable {
    case eq, ne, lt, gt, lte, gte, like, isnull, notnull
    /// Whether a text fits one of some patterns, in which `*` stands for any run of characters. AYON has no such operator.
    case matches
    /// Whether a value is in a list.
    case `in`, notin
    /// Whether a list has a value, or does not.
    case includes, excludes
    /// Whether a list has all of some values, or lacks one of them.
    case includesall, excludesall
    /// Whether a list has any of some values, or none of them.
    case includesany, excludesany

    /// AYON's operators.
    static let ayon = allCases.filter { $0 != .matches }

    /// One of AYON's operators by its name, whatever the case; `-` and `_` do not count.
    init?(ayon name: String) {
        self.init(rawValue: name.lowercased().filter { $0 != "-" && $0 != "_" })
        if self == .matches { return nil }
    }

    /// What it takes to compare with.
    public enum Operand: Hashable, Sendable {
        case none, scalar, list
    }

    public var operand: Operand {
        switch self {
        case .isnull, .notnull: .none
        case .in, .notin, .matches, .includesall, .excludesall, .includesany, .excludesany: .list
        case .eq, .ne, .lt, .gt, .lte, .gte, .like, .includes, .excludes: .scalar
        }
    }

    /// Whether what is looked at is to be a list.
    public var isAboutLists: Bool {
        switch self {
        case .includes, .excludes, .includesall, .excludesall, .includesany, .excludesany: true
        default: false
        }
    }
}
