/// When rows are forced to the disk. A crash of the process loses none either way; this is about the machine's.
public enum CSVSync: Hashable, Sendable {
    /// When the system sees fit.
    case never
    /// Before a batch counts as handled: a power cut loses nothing that was settled.
    case eachBatch
    /// This long after a row was written, at the latest, and when a file is closed: a power cut may lose what was
    /// settled since.
    case every(Duration)
}
