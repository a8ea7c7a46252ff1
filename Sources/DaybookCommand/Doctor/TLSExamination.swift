import Daybook
import DaybookServer

/// Looks at a server's certificate.
enum TLSExamination {
    /// A certificate that ends sooner should have been renewed: those that are renewed by themselves are, well before.
    private static let comfortableDays = 14

    static func findings(_ paths: TLSPaths) -> [Finding] {
        do {
            guard let identity = try paths.identity() else { return [] }
            return [finding(notValidAfter: identity.notValidAfter)]
        } catch {
            return [.failed("certificate", "\(error)")]
        }
    }

    /// - Parameter end: when the certificate ends, in seconds since 1970.
    static func finding(notValidAfter end: Int, now: Timestamp = .now) -> Finding {
        let time = Timestamp(milliseconds: Int64(end) * 1000)
        guard now < time else {
            return .failed("certificate", "it ended at \(time): renew it, clients do not trust it any more")
        }
        let days = Int(now.duration(to: time) / .seconds(86_400))
        if days < comfortableDays { return .warning("certificate", "it ends in \(days) days, at \(time): renew it") }
        return .ok("certificate", "it ends in \(days) days, at \(time)")
    }
}
