import Daybook

extension IndexState {
    /// Applies one record of the signals stream. Only ticks of progress concern the index; what is created there is
    /// pushed live and forgotten.
    mutating func applySignal(_ stored: StoredRecord) {
        withUnsafePointer(to: stored.record) { applySignal($0, time: stored.time.microseconds) }
    }

    private mutating func applySignal(_ record: UnsafePointer<Record>, time: Int64) {
        do throws(InvalidReason) {
            try RecordReader.read(record) { contents in
                guard contents.operation == .changed, contents.changes == .progress,
                    let basis = contents.basis.flatMap({ Position(String(decoding: $0, as: UTF8.self)) })
                else { return }
                signals.apply(contents.id, basis: basis, progress: contents.progress, time: time)
                counters.signals += 1
            }
        } catch {
            counters.invalid[error, default: 0] += 1
        }
    }
}
