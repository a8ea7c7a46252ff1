import Daybook

extension IndexState {
    /// Applies one record of the signals stream. Only ticks of progress concern the index; what is created there is
    /// pushed live and forgotten.
    mutating func applySignal(_ stored: StoredRecord) {
        do throws(InvalidReason) {
            try RecordReader.read(stored.record) { contents in
                guard contents.operation == .changed, contents.changes == .progress,
                    let basis = contents.basis.flatMap({ Position(String(decoding: $0, as: UTF8.self)) })
                else { return }
                signals.apply(
                    contents.id, basis: basis, progress: contents.progress, time: stored.time.microseconds)
                counters.signals += 1
            }
        } catch {
            counters.invalid[error, default: 0] += 1
        }
    }
}
