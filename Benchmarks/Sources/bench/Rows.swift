extension Row {
    /// All rows, in the order of the table.
    static let all: [Row] = [
        .kafkaPublish,
        .kafkaPublishDefaults,
        .kafkaRead,
        .kafkaHashedPublish,
        .kafkaHashedSingle,
        .embedded(batch: 1000, recordsDivisor: 1, target: .ratioAtLeast(0.8)),
        .embedded(batch: 100, recordsDivisor: 1, target: .ratioAtLeast(0.8)),
        .embedded(batch: 1, recordsDivisor: 50, target: nil),
        .embeddedConcurrent,
        .hashedPublish,
        .hashedSingle,
        .hashBytes,
        .jobBytes,
        .hashRestore,
        .projection,
        .indexBytes,
        .restart,
        .getByID,
        .filteredPage,
        .post,
    ]
}
