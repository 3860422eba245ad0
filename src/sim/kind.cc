#include "sim/kind.h"

namespace wakeful::sim {
namespace {

// clang-format off
constexpr Role kWebRoles[] = {
    // name       image                    cpu    memory deploys renamed leaks  job
    {"proxy",     "nginx:1.25",            0.04,  0.01,  0.02,   false,  false, false},
    {"shop",      "example/shop:2.14",     0.22,  0.07,  0.30,   true,   true,  false},
    {"search",    "example/search:1.9",    0.14,  0.08,  0.15,   true,   false, false},
    {"cache",     "redis:7.2",             0.03,  0.05,  0.01,   false,  false, false},
    {"db",        "postgres:16",           0.16,  0.14,  0.01,   false,  false, false},
    {"queue",     "rabbitmq:3.13",         0.03,  0.03,  0.02,   false,  false, false},
    {"mailer",    "example/mailer:0.8",    0.01,  0.01,  0.10,   true,   false, false},
    {"thumbs",    "example/thumbs:3.1",    0.08,  0.03,  0.20,   true,   true,  false},
    {"auth",      "example/auth:5.0",      0.04,  0.02,  0.10,   false,  false, false},
    {"cron",      "example/cron:1.2",      0.01,  0.005, 0.05,   false,  false, false},
    {"logs",      "example/logs:4.4",      0.02,  0.02,  0.02,   false,  false, false},
    {"docs",      "example/docs:1.0",      0.002, 0.01,  0.05,   false,  false, false},
};
constexpr Role kBatchRoles[] = {
    {"train",     "example/train:cuda12",  0.45,  0.22,  0.80,   true,   false, true},
    {"render",    "example/render:4.2",    0.25,  0.12,  0.50,   true,   false, true},
    {"etl",       "example/etl:2.0",       0.12,  0.08,  0.90,   true,   false, true},
    {"notebook",  "example/notebook:7",    0.03,  0.06,  0.05,   false,  true,  false},
    {"registry",  "registry:2",            0.002, 0.01,  0.01,   false,  false, false},
    {"metrics",   "example/metrics:1.7",   0.005, 0.01,  0.02,   false,  false, false},
};
constexpr Role kNasRoles[] = {
    {"media",     "example/media:10.8",    0.45,  0.10,  0.03,   false,  false, false},
    {"photos",    "example/photos:1.101",  0.15,  0.14,  0.05,   false,  true,  false},
    {"backup",    "example/backup:0.16",   0.25,  0.06,  0.95,   true,   false, true},
    {"files",     "example/files:28",      0.05,  0.08,  0.03,   false,  false, false},
    {"home",      "example/home:2024.6",   0.03,  0.05,  0.06,   false,  false, false},
};
constexpr Role kDeskRoles[] = {
    {"dev-db",    "postgres:16",           0.02,  0.03,  0.05,   false,  false, false},
    {"dev-web",   "example/shop:dev",      0.05,  0.04,  0.60,   false,  false, false},
    {"build",     "example/build:12",      0.55,  0.08,  0.70,   true,   false, true},
};

constexpr Traits kTraits[] = {
    {MachineKind::web_server, "web",
     {.12, .09, .07, .06, .06, .09, .18, .33, .55, .72, .83, .88, .80, .82, .86, .84, .78, .70, .64, .62, .56, .44, .30, .19},
     0.45, {4, 8, 8, 16}, {2, 4, 4, 8}, 46, 5.5, 0, 0.75, {"deploy", "mina", "jo"}, 0.25, 6, kWebRoles},
    {MachineKind::batch_box, "gpu",
     {.15, .12, .10, .10, .10, .10, .12, .15, .30, .55, .70, .75, .60, .70, .78, .80, .75, .65, .50, .40, .35, .30, .25, .20},
     0.35, {8, 16, 16, 32}, {4, 8, 8, 8}, 110, 6, 290, 0.90, {"kim", "noor", "alex"}, 0.70, 4, kBatchRoles},
    {MachineKind::home_nas, "nas",
     {.05, .02, .02, .02, .02, .02, .06, .12, .10, .06, .06, .08, .12, .10, .10, .14, .25, .40, .60, .80, .90, .75, .45, .15},
     1.2, {2, 4, 4, 4}, {2, 2, 4, 4}, 14, 4, 6, 0.40, {"home", "sam", "pat"}, 0.08, 3, kNasRoles},
    {MachineKind::workstation, "desk",
     {.02, .02, .02, .02, .02, .02, .05, .10, .35, .60, .70, .65, .35, .60, .75, .70, .65, .50, .25, .10, .05, .03, .02, .02},
     0.3, {8, 8, 12, 16}, {2, 4, 4, 4}, 28, 4.5, 20, 0.60, {"dana", "lee", "robin"}, 0.85, 2, kDeskRoles},
};
// clang-format on

}  // namespace

const Traits& traits_of(MachineKind kind) { return kTraits[static_cast<std::size_t>(kind)]; }

MachineKind kind_of_number(std::uint32_t number) {
  using enum MachineKind;
  static constexpr MachineKind kPattern[] = {web_server, batch_box,   web_server, home_nas,
                                             web_server, workstation, web_server, batch_box,
                                             web_server, workstation};
  return kPattern[number % std::size(kPattern)];
}

}  // namespace wakeful::sim
