import Daybook

/// Faults of single values.
extension FaultyLog {
    /// The record as it is stored.
    func damaged(_ new: NewRecord) -> NewRecord {
        var record = new.record
        switch fault {
        case .nullKeysBecomeEmpty: record.key = record.key ?? []
        case .emptyKeysBecomeNull: record.key = record.key == [] ? nil : record.key
        case .nullValuesBecomeEmpty: record.value = record.value ?? []
        case .emptyValuesBecomeNull: record.value = record.value == [] ? nil : record.value
        case .valuesEndAtZero: record.value = record.value.map { Array($0.prefix { $0 != 0 }) }
        case .nullHeadersBecomeEmpty: record.headers = headers(record.headers.all.map { ($0.name, $0.value ?? []) })
        case .emptyHeadersBecomeNull:
            record.headers = headers(record.headers.all.map { ($0.name, $0.value == [] ? nil : $0.value) })
        case .headersAreSorted: record.headers = headers(record.headers.all.sorted { $0.name < $1.name })
        case .repeatedHeadersGo:
            let all = record.headers.all
            record.headers = headers(
                all.indices.filter { index in !all[(index + 1)...].contains { $0.name == all[index].name } }.map {
                    all[$0]
                })
        default: break
        }
        return NewRecord(new.partition, record)
    }

    /// What an append tells.
    func damaged(_ appended: Appended) -> Appended {
        var told = appended
        switch fault {
        case .offsetsAreToldWrong: told.position.offset += 1
        case .timesAreToldWrong: told.time = told.time.advanced(by: .seconds(1))
        case .timesGoBack: told.time = wrongTime(told.time, told.position.offset)
        default: break
        }
        return told
    }

    /// What is read.
    func damaged(_ stored: StoredRecord) -> StoredRecord {
        var stored = stored
        if fault == .timesGoBack { stored.time = wrongTime(stored.time, stored.offset) }
        return stored
    }

    private func wrongTime(_ time: Timestamp, _ offset: Int64) -> Timestamp {
        offset % 3 == 2 ? time.advanced(by: .seconds(-3600)) : time
    }

    private func headers(_ all: [(name: String, value: [UInt8]?)]) -> RecordHeaders {
        all.reduce(into: RecordHeaders()) { $0.append(name: $1.name, value: $1.value) }
    }
}
