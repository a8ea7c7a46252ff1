import Prometheus
import Testing

struct InstrumentTests {
    @Test func `count across tasks`() async {
        let counter = Counter()
        let gauge = Gauge()
        let histogram = Histogram(bounds: [1])
        let labelled = Labelled(by: Labels.self) { Counter() }
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 {
                        counter.increment()
                        gauge.add(task.isMultiple(of: 2) ? 2 : -1)
                        histogram.observe(task.isMultiple(of: 2) ? 0.5 : 2)
                        labelled[["task": "\(task % 4)"]].increment(by: 2)
                    }
                }
            }
        }
        #expect(counter.value == 8_000)
        #expect(gauge.value == 4_000)
        #expect(histogram.snapshot.counts == [4_000, 4_000])
        #expect(histogram.snapshot.sum == 10_000)
        #expect(labelled.all.map(\.instrument.value) == [4_000, 4_000, 4_000, 4_000])
    }

    @Test func `a bound belongs to its range`() {
        let histogram = Histogram(bounds: [1, 2])
        for value in [1.0, 1.5, 2, 2.5] { histogram.observe(value) }
        histogram.observe(.milliseconds(500))
        #expect(histogram.snapshot.counts == [2, 2, 1])
        #expect(histogram.snapshot.sum == 7.5)
    }

    @Test func `a gauge can be set`() {
        let gauge = Gauge()
        gauge.set(5)
        gauge.add(-2)
        #expect(gauge.value == 3)
    }
}
