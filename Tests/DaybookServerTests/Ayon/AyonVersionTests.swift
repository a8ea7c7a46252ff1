import Testing

@testable import DaybookServer

struct AyonVersionTests {
    @Test(arguments: ["1.16.0", "1.6.1", "2.0.0", "1.16.0+daybook", "1.10.0-rc.1", "1.10.0-rc-1+a.b-c", "10.0.0"])
    func `versions that AYON's client takes`(version: String) {
        #expect(AyonVersion.problem(version) == nil)
    }

    @Test(arguments: [
        "", "1", "1.6", "1.6.0.1", "01.6.1", "1.7.00", "v1.7.0", "1.7.x", "1.7.0 ", "1.7.0+a b", "1.7.0-ü", "-1.7.0",
        "1..7", "1.7.0+a+b", "99999999999999999999.0.0",
    ])
    func `other texts are refused`(version: String) {
        #expect(AyonVersion.problem(version)?.contains("is no version such as 1.16.0") == true)
    }

    @Test(arguments: ["1.6.0", "1.5.9", "0.99.99", "1.6.0-rc.1"])
    func `versions whose clients do not delete are refused`(version: String) {
        #expect(AyonVersion.problem(version)?.hasPrefix("must be above 1.6.0") == true)
    }

    @Test func `the version that is told unless configured is one`() {
        #expect(AyonVersion.problem(ServerOptions().ayonVersion) == nil)
    }
}
