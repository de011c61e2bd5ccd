#include "driver/pci/users.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/pci/attribute.h"

#define MAX_NODES 16

/* Folders below a function whose entries are nodes, and where udev puts these. XRT's user function
 * is a DRM device, its management function a class of its own; the others are for functions that
 * are lent to programs. */
static const struct place {
    const char *folder;
    const char *nodes;
} places[] = {
    {"drm", "/dev/dri/"}, {"xclmgmt", "/dev/"}, {"uio", "/dev/"},
    {"nvme", "/dev/"},    {"misc", "/dev/"},
};

struct nodes {
    size_t count;
    char paths[MAX_NODES][64];
};

static void add_node(struct nodes *nodes, const char *folder, const char *name)
{
    if (nodes->count < MAX_NODES && name[0] != '.') {
        snprintf(nodes->paths[nodes->count++], sizeof nodes->paths[0], "%s%.40s", folder, name);
    }
}

static void find_nodes(const pcie_function *function, struct nodes *nodes)
{
    char path[PATH_MAX];
    const struct dirent *entry;

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (snprintf(path, sizeof path, "%s/%s", function->folder, places[i].folder) >= PATH_MAX) {
            continue;
        }
        DIR *folder = opendir(path);
        while (folder && (entry = readdir(folder))) { // NOLINT(concurrency-mt-unsafe): our own
            add_node(nodes, places[i].nodes, entry->d_name);
        }
        if (folder) {
            closedir(folder);
        }
    }
    if (strcmp(function->driver, "vfio-pci") == 0 && function->iommu_group[0]) {
        add_node(nodes, "/dev/vfio/", function->iommu_group);
    }
}

/* The node that a process has open, or NULL. */
static const char *find_open(const char *proc, const char *pid, const struct nodes *nodes)
{
    char path[PATH_MAX];
    char target[128];
    const char *found = NULL;
    const struct dirent *entry;

    snprintf(path, sizeof path, "%s/%.16s/fd", proc, pid);
    DIR *folder = opendir(path);
    while (folder && !found && (entry = readdir(folder))) { // NOLINT(concurrency-mt-unsafe)
        ssize_t length = readlinkat(dirfd(folder), entry->d_name, target, sizeof target - 1);
        target[length > 0 ? length : 0] = 0;
        for (size_t i = 0; i < nodes->count && !found; i++) {
            found = strcmp(target, nodes->paths[i]) == 0 ? nodes->paths[i] : NULL;
        }
    }
    if (folder) {
        closedir(folder);
    }
    return found;
}

size_t pcie_find_users(const pcie_function *function, const char *proc, pcie_user *users,
                       size_t capacity)
{
    struct nodes nodes = {0};
    const struct dirent *entry;
    size_t count = 0;

    find_nodes(function, &nodes);
    proc = proc ? proc : "/proc";
    DIR *folder = nodes.count ? opendir(proc) : NULL;
    while (folder && (entry = readdir(folder))) { // NOLINT(concurrency-mt-unsafe)
        if (entry->d_name[strspn(entry->d_name, "0123456789")]) {
            continue;
        }
        const char *node = find_open(proc, entry->d_name, &nodes);
        if (node && count < capacity) {
            char name[PATH_MAX];
            users[count].pid = (int)strtol(entry->d_name, NULL, 10);
            snprintf(users[count].node, sizeof users[count].node, "%s", node);
            snprintf(name, sizeof name, "%s/%.16s", proc, entry->d_name);
            pcie_read_text(name, "comm", users[count].program, sizeof users[count].program);
        }
        count += node != NULL;
    }
    if (folder) {
        closedir(folder);
    }
    return count;
}
