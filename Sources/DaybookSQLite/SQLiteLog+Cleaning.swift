public import Daybook

extension SQLiteLog {
    public func trim(_ partition: StreamPartition, before offset: Int64) async throws {
        throw LogError.unsupported(.trimming)
    }
    public func checkHealth() async throws {
        try checkOpen()
    }
}
