extension StreamLayout {
    /// - Throws: ``LayoutConflict`` naming the first thing in the layout that cannot be.
    public func validate() throws(LayoutConflict) {
        guard StreamRule.isValidName(prefix) else {
            throw LayoutConflict(
                "the prefix \(prefix) cannot be part of a stream's name: use letters, digits, '.', '_', '-'")
        }
        guard (1...10_000).contains(partitions) else {
            throw LayoutConflict("a stream has 1 to 10000 partitions, not \(partitions)")
        }
        for rule in rules {
            guard StreamRule.isValidName(rule.stream) else {
                throw LayoutConflict("the rule for \(rule.pattern): \(rule.stream) cannot be part of a stream's name")
            }
            guard !Self.reservedNames.contains(rule.stream) else {
                throw LayoutConflict("the rule for \(rule.pattern): stream \(rule.stream) is Daybook's own")
            }
            if let partitions = rule.partitions, !(1...10_000).contains(partitions) {
                throw LayoutConflict(
                    "the rule for \(rule.pattern): a stream has 1 to 10000 partitions, not \(partitions)")
            }
        }
    }
}
