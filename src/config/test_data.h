// Test support: the real configurations in tests/data/config.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "util/files.h"

namespace bpftax {

inline std::string config_data(const std::string& name) {
  return std::string(BPFTAX_SOURCE_DIR) + "/tests/data/config/" + name;
}

inline std::string config_text(const std::string& name) {
  auto text = read_file(config_data(name));
  EXPECT_TRUE(text) << name;
  return text ? *text : "";
}

// The text with its first `from` replaced; the test fails when it is not there.
inline std::string with(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

constexpr const char* kOs620 = "origin/os620-kernel-419-intel-physical";
constexpr const char* kOs630 = "origin/os630-kernel-510-hygon-physical";
constexpr const char* kLegacyFolder = "origin/legacy-nested-5.4";

// A small full configuration, everything required and no more.
inline const char* small_config() {
  return R"(version: '1.0'
environment: small
ssh:
  ssh_hosts:
    a: {host: 192.0.2.1, user: me, workdir: /home/me}
    b: {host: 192.0.2.2, user: root, port: 2222, workdir: /root}
environments:
  host:
    server: {ssh_ref: a, test_ip: 10.0.0.1, interface: eth0}
    client: {ssh_ref: b, test_ip: 10.0.0.2, interface: eth0}
    network_config:
      server_physical_interface: eth0
tools:
  categories:
    net:
      environment: host
      directions:
        rx: {SRC_IP: '{host_REMOTE_IP}', DST_IP: '{host_LOCAL_IP}'}
        tx: {SRC_IP: '{host_LOCAL_IP}', DST_IP: '{host_REMOTE_IP}'}
      tools:
      - script: watch-it.py
        template: python3 {path} --src {SRC_IP} --p {protocol}
        parameters:
          protocol: [tcp, udp]
performance_tests:
  latency: {duration: 3}
)";
}

}  // namespace bpftax
