import Foundation
import TestTools

/// Python with aiosmtpd.
public enum PythonMail {
    private static let packages = PythonPackages("mail", ["aiosmtpd==1.4.6"])

    static var interpreter: String { packages.interpreter }
    static let serverScript = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "smtp_server.py")
        .path

    public static var isUsable: Bool { get async { await packages.isUsable } }
}
