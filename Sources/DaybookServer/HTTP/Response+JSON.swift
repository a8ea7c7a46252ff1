import HTTPTypes
import Hummingbird
import LosslessJSON
import NIOCore

extension Response {
    /// An answer in JSON.
    static func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// An answer in JSON, an object whose members the body writes.
    static func json(
        status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], _ members: (inout JSONWriter) -> Void
    ) -> Response {
        var json = JSONWriter(capacity: 256)
        json.beginObject()
        members(&json)
        json.endObject()
        return .json(json.bytes, status: status, headers: headers)
    }
}
