extension StreamCatalog {
    /// Puts an entry into the catalog, for every server, in the place of the one it has for the same pattern. Of two that
    /// are defined at once the one that comes later in the log stays.
    ///
    /// - Throws: ``InvalidTopicEntry``; ``LogError``.
    public func define(_ entry: TopicEntry) async throws {
        try entry.validate()
        try await update(.topic, entry.pattern.text) { _ in entry.json }
    }

    /// Takes an entry out of the catalog. What the configuration, or Daybook itself, says of the pattern counts again.
    ///
    /// - Returns: whether the catalog had an entry for exactly this pattern.
    /// - Throws: ``LogError``.
    @discardableResult
    public func removeTopic(_ pattern: TopicPattern) async throws -> Bool {
        do {
            try await update(.topic, pattern.text) { current in
                guard current != nil else { throw NoSuchEntry() }
                return nil
            }
            return true
        } catch is NoSuchEntry {
            return false
        }
    }
}

private struct NoSuchEntry: Error {}
