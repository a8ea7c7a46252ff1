import Daybook
import Testing

@Suite struct HandlerFailureTests {
    @Test func tellsItsReason() {
        #expect(HandlerFailure.permanent("no such host").description == "no such host")
    }
}
