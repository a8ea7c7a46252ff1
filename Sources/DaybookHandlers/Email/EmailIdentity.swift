import Crypto
import Daybook
import Mail

/// What makes a mail of the same deliveries the same mail.
enum EmailIdentity {
    /// The same for the same records in the same order, and the same registration. A mail of one event begins with the
    /// event's id.
    ///
    /// - Parameter handler: stands for the registration where a delivery names none.
    static func messageID(of deliveries: [Delivery], handler: String, host: Substring) -> MessageID? {
        var hash = SHA256()
        for delivery in deliveries {
            let registration = delivery.registration.isEmpty ? handler : delivery.registration
            // An event may be delivered for each of its records.
            for part in [registration, delivery.entry.record.recordID] {
                hash.update(data: Array(part.utf8))
                hash.update(data: [0])
            }
        }
        let digest = hash.finalize().prefix(12).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
        let subject = deliveries.count == 1 ? deliveries[0].event.id.description : "digest"
        return MessageID(left: "\(subject).\(digest)", right: String(host))
    }
}
