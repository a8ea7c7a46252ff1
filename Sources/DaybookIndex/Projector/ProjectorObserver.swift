public import Daybook

/// Is told what a projector has put into its index, batch by batch, in the order in which it did.
///
/// What it does must be quick: the projector waits for it.
public protocol ProjectorObserver: Sendable {
    /// A partition, of history or of signals, is read from an offset on. What lies before `end` was in the log already.
    /// Called again when the log is opened again; signals then begin anew.
    func begins(_ partition: StreamPartition, at offset: Int64, end: Int64)

    /// Retention has overtaken the reading of a partition, or the log has lost records: it is read anew from an offset.
    func restarted(_ partition: StreamPartition, at offset: Int64, end: Int64)

    /// A batch is in the index.
    func applied(_ batch: RecordBatch)
}
