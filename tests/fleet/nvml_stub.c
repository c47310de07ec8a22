/* A stand-in for libnvidia-ml.so.1: it says what a file says, and reads that anew at each change.
 *
 * The file is named by stub_file(), or by the environment variable NVML_STUB. A line is a word and its values:
 *
 *   fail FUNCTION CODE          every call of it answers so (before the first gpu), or that GPU's calls
 *   hang FUNCTION               calls of it do not return while the file says so
 *   gpu UUID                    the next index; what follows is of it
 *   name WORDS · util PERCENT · mem USED_MIB TOTAL_MIB · temp C · power MILLIWATTS · ecc COUNT · throttle BITS · mig 0|1
 *   proc PID MIB C|G            a process, compute or graphics; MIB -1: the driver does not say
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { GPUS = 64, PROCS = 64, RULES = 64, TEXT = 96 };
enum { OK = 0, UNINITIALIZED = 1, INVALID = 2, UNSUPPORTED = 3, NO_ROOM = 7, LOST = 15 };

typedef struct { char function[64]; int code; int hang; } Rule;
typedef struct { unsigned pid; long long mib; char kind; } Proc;
typedef struct {
    char uuid[TEXT], name[TEXT];
    unsigned util, temp, power, mig;
    unsigned long long used, total, ecc, throttle;
    int has_mig, procs, rules;
    Proc proc[PROCS];
    Rule rule[RULES];
} Gpu;
typedef struct { int gpus, rules; Gpu gpu[GPUS]; Rule rule[RULES]; } World;

typedef struct { unsigned pid; unsigned long long memory; unsigned gi, ci; } ProcessInfo;
typedef struct { unsigned gpu, memory; } Utilization;
typedef struct { unsigned long long total, free, used; } Memory;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static World world;
static char path[4096];
static struct timespec read_at;
static long long read_size = -1;
static ino_t read_inode;
static int running;
static char known[256][TEXT]; /* a handle is a device, whatever its index becomes */
static int known_count;
static unsigned long calls;

void stub_file(const char *name) { snprintf(path, sizeof path, "%s", name); read_size = -1; running = 0; }
unsigned long stub_calls(void) { return calls; }

static void read_world(void) {
    const char *name = path[0] ? path : getenv("NVML_STUB");
    struct stat found;
    if (!name || stat(name, &found)) return;
    if (found.st_size == read_size && found.st_ino == read_inode && found.st_mtim.tv_sec == read_at.tv_sec &&
        found.st_mtim.tv_nsec == read_at.tv_nsec) return;
    FILE *file = fopen(name, "r");
    if (!file) return;
    memset(&world, 0, sizeof world);
    char line[512];
    Gpu *gpu = NULL;
    while (fgets(line, sizeof line, file)) {
        char word[16] = "", rest[496] = "";
        sscanf(line, "%15s %495[^\n]", word, rest);
        if (!strcmp(word, "gpu") && world.gpus < GPUS) {
            gpu = &world.gpu[world.gpus++];
            snprintf(gpu->uuid, TEXT, "%.95s", rest);
        } else if (!strcmp(word, "fail") || !strcmp(word, "hang")) {
            int *count = gpu ? &gpu->rules : &world.rules;
            if (*count == RULES) continue;
            Rule *rule = &(gpu ? gpu->rule : world.rule)[(*count)++];
            rule->hang = word[0] == 'h';
            sscanf(rest, "%63s %d", rule->function, &rule->code);
        } else if (!gpu) continue;
        else if (!strcmp(word, "name")) snprintf(gpu->name, TEXT, "%.95s", rest);
        else if (!strcmp(word, "util")) gpu->util = atoi(rest);
        else if (!strcmp(word, "mem")) sscanf(rest, "%llu %llu", &gpu->used, &gpu->total);
        else if (!strcmp(word, "temp")) gpu->temp = atoi(rest);
        else if (!strcmp(word, "power")) gpu->power = atoi(rest);
        else if (!strcmp(word, "ecc")) gpu->ecc = strtoull(rest, NULL, 0);
        else if (!strcmp(word, "throttle")) gpu->throttle = strtoull(rest, NULL, 0);
        else if (!strcmp(word, "mig")) { gpu->mig = atoi(rest); gpu->has_mig = 1; }
        else if (!strcmp(word, "proc") && gpu->procs < PROCS) {
            Proc *proc = &gpu->proc[gpu->procs++];
            sscanf(rest, "%u %lld %c", &proc->pid, &proc->mib, &proc->kind);
        }
    }
    fclose(file);
    read_at = found.st_mtim; read_size = found.st_size; read_inode = found.st_ino;
}

static Gpu *device(void *handle) {
    for (int i = 0; handle && i < world.gpus; i++)
        if (!strcmp(world.gpu[i].uuid, (char *)handle)) return &world.gpu[i];
    return NULL;
}

static Rule *ruled(const char *function, Gpu *gpu) {
    for (int i = 0; i < world.rules; i++) if (!strcmp(world.rule[i].function, function)) return &world.rule[i];
    for (int i = 0; gpu && i < gpu->rules; i++) if (!strcmp(gpu->rule[i].function, function)) return &gpu->rule[i];
    return NULL;
}

/* Takes the lock, and returns what the call must answer, 0 if it may go on. It hangs here, without the lock. */
static int enter(const char *function, void *handle, int index, int needs_device) {
    pthread_mutex_lock(&lock);
    calls++;
    for (;;) {
        read_world();
        Gpu *gpu = handle ? device(handle) : index >= 0 && index < world.gpus ? &world.gpu[index] : NULL;
        Rule *rule = ruled(function, gpu);
        if (rule && rule->hang) {
            pthread_mutex_unlock(&lock);
            usleep(10000);
            pthread_mutex_lock(&lock);
            continue;
        }
        if (rule) return rule->code;
        if (strncmp(function, "nvmlInit", 8) && !running) return UNINITIALIZED;
        return needs_device && !gpu ? (handle ? LOST : INVALID) : OK;
    }
}

#define ENTER(handle) int code = enter(__func__, handle, -1, 1); Gpu *gpu = device(handle); (void)gpu;
#define LEAVE pthread_mutex_unlock(&lock); return code

int nvmlInitWithFlags(unsigned flags) {
    (void)flags; int code = enter(__func__, NULL, -1, 0);
    if (!code) running = 1;
    LEAVE;
}
int nvmlShutdown(void) { int code = enter(__func__, NULL, -1, 0); if (!code) running = 0; LEAVE; }
const char *nvmlErrorString(int code) { (void)code; return "an error of the stub"; }
int nvmlDeviceGetCount_v2(unsigned *count) {
    int code = enter(__func__, NULL, -1, 0);
    if (!code) *count = world.gpus;
    LEAVE;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **handle) {
    int code = enter(__func__, NULL, (int)index, 1);
    if (!code) {
        int i = 0;
        while (i < known_count && strcmp(known[i], world.gpu[index].uuid)) i++;
        if (i == known_count && known_count < 256) memcpy(known[known_count++], world.gpu[index].uuid, TEXT);
        *handle = known[i];
    }
    LEAVE;
}
int nvmlDeviceGetUUID(void *handle, char *uuid, unsigned room) {
    ENTER(handle) if (!code) snprintf(uuid, room, "%s", gpu->uuid); LEAVE;
}
int nvmlDeviceGetName(void *handle, char *name, unsigned room) {
    ENTER(handle) if (!code) snprintf(name, room, "%s", gpu->name); LEAVE;
}
int nvmlDeviceGetUtilizationRates(void *handle, Utilization *found) {
    ENTER(handle)
    if (!code && gpu->mig) code = UNSUPPORTED; /* as the driver does */
    if (!code) { found->gpu = gpu->util; found->memory = 0; }
    LEAVE;
}
int nvmlDeviceGetMemoryInfo(void *handle, Memory *found) {
    ENTER(handle)
    if (!code) { found->total = gpu->total << 20; found->used = gpu->used << 20; found->free = found->total - found->used; }
    LEAVE;
}
int nvmlDeviceGetTemperature(void *handle, unsigned sensor, unsigned *found) {
    (void)sensor; ENTER(handle) if (!code) *found = gpu->temp; LEAVE;
}
int nvmlDeviceGetPowerUsage(void *handle, unsigned *found) { ENTER(handle) if (!code) *found = gpu->power; LEAVE; }
int nvmlDeviceGetTotalEccErrors(void *handle, unsigned kind, unsigned counter, unsigned long long *found) {
    (void)kind; (void)counter; ENTER(handle) if (!code) *found = gpu->ecc; LEAVE;
}
int nvmlDeviceGetCurrentClocksThrottleReasons(void *handle, unsigned long long *found) {
    ENTER(handle) if (!code) *found = gpu->throttle; LEAVE;
}
int nvmlDeviceGetMigMode(void *handle, unsigned *current, unsigned *pending) {
    ENTER(handle)
    if (!code && !gpu->has_mig) code = UNSUPPORTED;
    if (!code) *current = *pending = gpu->mig;
    LEAVE;
}

static int processes(int code, Gpu *gpu, char kind, unsigned *count, ProcessInfo *found) {
    unsigned wanted = 0;
    if (code) return code;
    for (int i = 0; i < gpu->procs; i++) wanted += gpu->proc[i].kind == kind;
    if (!wanted) { *count = 0; return OK; }
    if (!found || *count < wanted) { *count = wanted; return NO_ROOM; }
    *count = 0;
    for (int i = 0; i < gpu->procs; i++) {
        if (gpu->proc[i].kind != kind) continue;
        ProcessInfo *one = &found[(*count)++];
        one->pid = gpu->proc[i].pid;
        one->memory = gpu->proc[i].mib < 0 ? ~0ULL : (unsigned long long)gpu->proc[i].mib << 20;
        one->gi = one->ci = ~0U;
    }
    return OK;
}
int nvmlDeviceGetComputeRunningProcesses_v3(void *handle, unsigned *count, ProcessInfo *found) {
    ENTER(handle) code = processes(code, gpu, 'C', count, found); LEAVE;
}
int nvmlDeviceGetGraphicsRunningProcesses_v3(void *handle, unsigned *count, ProcessInfo *found) {
    ENTER(handle) code = processes(code, gpu, 'G', count, found); LEAVE;
}

/* What others ask besides, so that they can be measured beside us. */
int nvmlDeviceGetIndex(void *handle, unsigned *found) { ENTER(handle) if (!code) *found = gpu - world.gpu; LEAVE; }
int nvmlSystemGetDriverVersion(char *found, unsigned room) {
    int code = enter(__func__, NULL, -1, 0);
    if (!code) snprintf(found, room, "000.00");
    LEAVE;
}
int nvmlDeviceGetEnforcedPowerLimit(void *handle, unsigned *found) { ENTER(handle) if (!code) *found = 400000; LEAVE; }
int nvmlDeviceGetFanSpeed(void *handle, unsigned *found) { (void)found; ENTER(handle) if (!code) code = UNSUPPORTED; LEAVE; }
int nvmlDeviceGetEncoderUtilization(void *handle, unsigned *found, unsigned *period) {
    (void)found; (void)period; ENTER(handle) if (!code) code = UNSUPPORTED; LEAVE;
}
int nvmlDeviceGetDecoderUtilization(void *handle, unsigned *found, unsigned *period) {
    (void)found; (void)period; ENTER(handle) if (!code) code = UNSUPPORTED; LEAVE;
}
