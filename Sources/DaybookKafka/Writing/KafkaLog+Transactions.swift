public import Daybook
import KafkaClient

extension KafkaLog {
    public func transactionalWriter(id: String) async throws -> any TransactionalWriter {
        try checkOpen()
        do {
            let writer = try await KafkaWriter.make(self, id: id)
            children.add(writer)
            // The log may have been closed before the writer was among its children.
            do { try checkOpen() } catch {
                await writer.close()
                throw error
            }
            return writer
        } catch let error as KafkaError {
            try checkOpen()
            throw LogError(transaction: error)
        }
    }
}
