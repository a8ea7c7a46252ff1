import LosslessJSON
import NIOCore

extension JSONMembers {
    /// A body that is to be one JSON object.
    ///
    /// - Throws: 400 with what is wrong and where.
    static func read(_ body: ByteBuffer, _ limits: JSONLimits) throws(Problem) -> JSONMembers {
        let members = body.withUnsafeReadableBytes { bytes -> Result<JSONMembers, JSONError> in
            do throws(JSONError) {
                return .success(try JSONMembers(bytes, limits: limits))
            } catch {
                return .failure(error)
            }
        }
        do throws(JSONError) {
            return try members.get()
        } catch {
            throw .malformed(error)
        }
    }
}
