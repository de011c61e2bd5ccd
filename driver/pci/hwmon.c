#include "driver/pci/hwmon.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/pci/attribute.h"

/* The files of one quantity, and what a sensor that works can show: beyond it is a broken sensor, a
 * broken bus to it, or all ones. */
static const struct kind {
    const char *prefix;
    const char *name;
    const char *unit;
    double scale;
    int64_t least, most;
} kinds[] = {
    [PCIE_TEMPERATURE] = {"temp", "temperature", "C", 1e-3, -60000, 200000},
    [PCIE_POWER] = {"power", "power", "W", 1e-6, 0, 2000000000},
    [PCIE_VOLTAGE] = {"in", "voltage", "V", 1e-3, 0, 100000},
    [PCIE_CURRENT] = {"curr", "current", "A", 1e-3, 0, 1000000},
    [PCIE_FAN] = {"fan", "fan", "rpm", 1, 0, 100000},
};
enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

const char *pcie_quantity_unit(pcie_quantity quantity)
{
    return kinds[quantity].unit;
}

double pcie_quantity_scale(pcie_quantity quantity)
{
    return kinds[quantity].scale;
}

const char *pcie_quantity_name(pcie_quantity quantity)
{
    return kinds[quantity].name;
}

/* A file of a sensor, "temp1" + "_crit". */
static int read_part(const char *folder, const char *sensor, const char *part, int64_t *value)
{
    char name[64];
    snprintf(name, sizeof name, "%.24s_%s", sensor, part);
    return pcie_read_number(folder, name, value);
}

static bool read_limit(const char *folder, const char *sensor, const char *part,
                       const struct kind *kind, int64_t *limit)
{
    /* A limit that cannot be, often 0 or all ones, is one that nobody set. */
    return read_part(folder, sensor, part, limit) == 0 && *limit != 0 && *limit >= kind->least &&
           *limit <= kind->most;
}

static bool read_flag(const char *folder, const char *sensor, const char *part)
{
    int64_t value = 0;
    return read_part(folder, sensor, part, &value) == 0 && value == 1;
}

static void read_sensor(pcie_function *function, const char *folder, pcie_quantity quantity,
                        const char *sensor)
{
    const struct kind *kind = &kinds[quantity];
    pcie_sensor *read = &function->sensors[function->sensor_count++];
    char file[64];

    memset(read, 0, sizeof *read);
    read->quantity = quantity;
    snprintf(file, sizeof file, "%.24s_label", sensor);
    if (pcie_read_text(folder, file, read->name, sizeof read->name) || !read->name[0]) {
        snprintf(read->name, sizeof read->name, "%.24s", sensor);
    }
    int result = read_part(folder, sensor, "input", &read->value);
    /* hwmon has power as an average too */
    if (result == -ENOENT) {
        result = read_part(folder, sensor, "average", &read->value);
    }
    read->readable = result == 0;
    read->in_range = read->readable && read->value >= kind->least && read->value <= kind->most;
    read->has_low = read_limit(folder, sensor, "min", kind, &read->low);
    read->has_high = read_limit(folder, sensor, "max", kind, &read->high);
    read->has_critical = read_limit(folder, sensor, "crit", kind, &read->critical);
    read->alarm = read_flag(folder, sensor, "alarm") || read_flag(folder, sensor, "crit_alarm");
    read->fault = read_flag(folder, sensor, "fault");
}

/* The quantity of a file "temp1_input", whose sensor is stored; -1 for another file. */
static int parse_name(const char *name, char sensor[25])
{
    const char *end = strstr(name, "_input");

    if (!end) {
        end = strstr(name, "_average");
    }
    if (!end || (strcmp(end, "_input") != 0 && strcmp(end, "_average") != 0) || end - name > 24) {
        return -1;
    }
    for (int i = 0; i < KIND_COUNT; i++) {
        size_t length = strlen(kinds[i].prefix);
        if (strncmp(name, kinds[i].prefix, length) == 0 &&
            strspn(name + length, "0123456789") == (size_t)(end - name) - length) {
            snprintf(sensor, 25, "%.*s", (int)(end - name), name);
            return i;
        }
    }
    return -1;
}

static bool has_sensor(char sensors[][25], uint32_t count, const char *sensor)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(sensors[i], sensor) == 0) {
            return true;
        }
    }
    return false;
}

static int compare_sensors(const void *a, const void *b)
{
    const pcie_sensor *left = a;
    const pcie_sensor *right = b;
    return left->quantity != right->quantity ? (int)left->quantity - (int)right->quantity
                                             : strcmp(left->name, right->name);
}

static void read_monitor(pcie_function *function, const char *folder)
{
    char sensors[PCIE_MAX_SENSORS][25];
    uint32_t count = 0;
    const struct dirent *entry;
    DIR *files = opendir(folder);

    while (files && function->sensor_count < PCIE_MAX_SENSORS && count < PCIE_MAX_SENSORS &&
           (entry = readdir(files))) { // NOLINT(concurrency-mt-unsafe): a stream of our own
        char sensor[25];
        int quantity = parse_name(entry->d_name, sensor);
        if (quantity >= 0 && !has_sensor(sensors, count, sensor)) {
            memcpy(sensors[count++], sensor, sizeof sensor);
            read_sensor(function, folder, (pcie_quantity)quantity, sensor);
        }
    }
    if (files) {
        closedir(files);
    }
}

void pcie_read_sensors(pcie_function *function)
{
    char folder[PATH_MAX];
    const struct dirent *entry;

    function->sensor_count = 0;
    if (!function->folder[0] ||
        snprintf(folder, sizeof folder, "%s/hwmon", function->folder) >= PATH_MAX) {
        return;
    }
    DIR *monitors = opendir(folder);
    while (monitors && (entry = readdir(monitors))) { // NOLINT(concurrency-mt-unsafe)
        if (strncmp(entry->d_name, "hwmon", 5) == 0 &&
            snprintf(folder, sizeof folder, "%s/hwmon/%s", function->folder, entry->d_name) <
                PATH_MAX) {
            read_monitor(function, folder);
        }
    }
    if (monitors) {
        closedir(monitors);
    }
    qsort(function->sensors, function->sensor_count, sizeof(pcie_sensor), compare_sensors);
}
