import Daybook
import Testing

struct AccessScopeTests {
    @Test(arguments: [
        "read", "publish,change,read,enroll,replay,admin", "read,replay topics=entity.*,log.* projects=demo_*,-",
        "read projects=-", "publish topics=*", "enroll projects=a b=c".replacing(" b", with: ",b"),
    ])
    func `a scope prints as it was read`(text: String) throws {
        let scope = try AccessScope(text)
        #expect(scope.description == text)
        #expect(try AccessScope(scope.description) == scope)
    }

    @Test func `permissions are written in one order, and blanks do not count`() throws {
        #expect(try AccessScope("  admin,read   topics=a.b ").description == "read,admin topics=a.b")
    }

    @Test(arguments: [
        ("", 1, "begins with permissions"), ("   ", 1, "begins with permissions"), ("reda", 1, "'reda'"),
        ("read,reda", 6, "'reda'"), ("read,", 6, "''"), ("read topic=a", 6, "'topic'"),
        ("read topics=a,b/c", 15, "'b/c'"), ("read topics=", 13, "''"), ("read topics=a topics=b", 15, "only once"),
        ("read projects=a,,b", 17, "1 to 256 bytes"), ("read publish", 6, "joined by commas"),
    ])
    func `what is wrong is told with its place`(text: String, column: Int, message: String) {
        #expect {
            _ = try AccessScope(text)
        } throws: { error in
            guard let error = error as? InvalidScope else { return false }
            return error.column == column && error.message.contains(message)
        }
    }
}
