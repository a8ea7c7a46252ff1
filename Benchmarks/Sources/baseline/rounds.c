#include "baseline.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

static double seconds(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec * 1e-6; }

static struct instant now(void) {
    struct timespec wall;
    clock_gettime(CLOCK_MONOTONIC, &wall);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (struct instant){
        .wall = (double)wall.tv_sec + (double)wall.tv_nsec * 1e-9,
        .cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime),
    };
}

void start_timing(struct round *round) { round->start = now(); }

void stop_timing(struct round *round) { round->end = now(); }

void serve_rounds(void (*run)(void *state, struct round *round), void *state) {
    char line[16];
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct round round = {.start = now()};
        run(state, &round);
        if (round.end.wall == 0) stop_timing(&round);
        printf("{\"operations\":%zu,\"seconds\":%.9f,\"cpuSeconds\":%.6f,\"bytes\":%lld}\n", round.operations,
               round.end.wall - round.start.wall, round.end.cpu - round.start.cpu, (long long)round.bytes);
        fflush(stdout);
    }
}
