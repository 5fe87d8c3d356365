#include "config/variables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/temporary_folder.h"
#include "config/load.h"
#include "config/test_data.h"

namespace bpftax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const ConfigPlace kPlace{"c.yaml", 3, 5};

std::string substituted(const std::string& text, const Variables& values) {
  const auto result = substitute(text, values, kPlace);
  EXPECT_TRUE(result) << text << ": " << to_string(result.error());
  return result ? *result : "";
}

// What a real shell makes of the text, in an empty folder in which nothing may appear.
std::string run_in_shell(const std::string& shell, const std::string& text) {
  const TemporaryFolder folder;
  EXPECT_TRUE(write_file_atomically(folder / "text", text));
  const std::string command = "cd '" + folder.path() + "' && " + shell + " ./text 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return "no shell";
  std::string output;
  char buffer[4096];
  size_t got = 0;
  while ((got = fread(buffer, 1, sizeof buffer, pipe)) > 0) output.append(buffer, got);
  ::pclose(pipe);
  EXPECT_FALSE(path_exists(folder / "evil")) << text;
  return output;
}

TEST(Substitute, KeepsPlainValuesAsTheyAre) {
  const Variables values = {{"ip", "10.0.0.1"}, {"list", "ens1,ens2"}, {"path", "a/b-c_d.py"}};
  EXPECT_EQ(substituted("x {path} --ip={ip} \"{ip}\" '{list}' `echo {ip}`", values),
            "x a/b-c_d.py --ip=10.0.0.1 \"10.0.0.1\" 'ens1,ens2' `echo 10.0.0.1`");
}

TEST(Substitute, LeavesWhatIsTheShells) {
  const Variables values = {{"timestamp", "1"}, {"print", "never"}, {"environment", "vm"}};
  for (const std::string text :
       {"echo ${timestamp} ${HOME:-x} $timestamp", "awk '{print $1}' f", "awk \"{print \\$9}\"",
        "mkdir -p a/{b,c} {1..9}", "{ ls; } && find . -exec echo {} \\;", "echo {other_word} {}",
        "python3 -c 'print({1: 2})'"})
    EXPECT_EQ(substituted(text, values), text);
  EXPECT_EQ(substituted("{{timestamp}}", values), "{1}");
}

// Every place in a shell text x every value that could become code: the shell prints the value, nothing else.
TEST(Substitute, NeverMakesCodeOfAValue) {
  const std::vector<std::string> evil = {"; touch evil; ",
                                         "$(touch evil)",
                                         "`touch evil`",
                                         "'; touch evil; '",
                                         "\"; touch evil; \"",
                                         "a b",
                                         "x\ntouch evil\n",
                                         "'",
                                         "\"",
                                         "\\",
                                         "\\'",
                                         "$HOME",
                                         "*",
                                         "~",
                                         "!x",
                                         "#x",
                                         "& touch evil &",
                                         "| touch evil",
                                         "> evil",
                                         "$((1+1))",
                                         ") ; touch evil; (",
                                         "}",
                                         "é'\"",
                                         "-n",
                                         "a\\",
                                         "\n"};
  const std::vector<std::string> texts = {"printf %s {v}",
                                          "printf %s \"{v}\"",
                                          "printf %s '{v}'",
                                          "printf %s \"$(printf %s {v})\"",
                                          "printf %s \"$(printf %s \"{v}\")\"",
                                          "printf %s \"$(printf %s '{v}')\"",
                                          "(printf %s {v})",
                                          "true && { printf %s {v}; }",
                                          "# it's {v}\nprintf %s {v}",
                                          "x={v}; printf %s \"$x\"",
                                          "printf %s ''{v}\"\"",
                                          "if [ \"{v}\" = '{v}' ]; then printf %s {v}; fi",
                                          "sh -c 'printf %s \"$1\"' sh {v}",
                                          "printf %s \\\n{v}",
                                          "case a in a) printf %s {v};; esac",
                                          "printf %s \"${X:-}{v}\"",
                                          "(: ; printf %s \"{v}\")",
                                          ": \"it's\" 'a\"b' \\' it; printf %s {v} # \\'",
                                          "f() { printf %s \"$1\"; }; f {v}",
                                          "printf %s \"$(: ')' \"a)\" \\) # it's\nprintf %s {v})\""};
  for (const std::string& text : texts) {
    std::string script, expected;  // one script for all values: a zero byte stands between their outputs
    for (const std::string& value : evil) {
      const auto command = substitute(text, {{"v", value}}, kPlace);
      ASSERT_TRUE(command) << text << " with " << value << ": " << to_string(command.error());
      script += *command + "\nprintf '\\0'\n";
      expected += value;
      // $(...) takes newlines off the end.
      while (text.find("$(") != std::string::npos && expected.ends_with("\n")) expected.pop_back();
      expected += '\0';
    }
    for (const char* shell : {"bash", "sh"})
      EXPECT_EQ(run_in_shell(shell, script), expected) << shell << ": " << script;
  }
}

TEST(Substitute, RefusesAValueWhereNoQuotingIsSafe) {
  for (const std::string text : {"echo `echo {v}`",
                                 "echo $'{v}'",
                                 "cat <<END\n{v}\nEND\n",
                                 "echo $(( {v} ))",
                                 "(( {v} ))",
                                 "bash -c 'echo {v}'",
                                 "bash -cx -- 'echo {v}'",
                                 "eval echo {v}",
                                 "sudo eval \"{v}\"",
                                 "trap 'echo {v}' EXIT",
                                 "[[ {v} -eq 1 ]]",
                                 "let x={v}",
                                 "a[{v}]=1",
                                 "echo $[{v}]",
                                 "( case x in x) echo {v};; esac )",
                                 "bash -lc \"echo {v}\"",
                                 "eval \"echo {v}\"",
                                 "awk '{print \"{v}\"}'",
                                 "python3 -c 'print(\"{v}\")'",
                                 "echo ${X:-{v}}",
                                 "echo \\{v}",
                                 "nohup bash -c '\n  echo \"$(echo {v})\"\n'",
                                 "echo \"$(case x in x) echo {v};; esac)\""}) {
    EXPECT_TRUE(substitute(text, {{"v", "plain"}}, kPlace)) << text;
    const auto refused = substitute(text, {{"v", "a; touch evil"}}, kPlace);
    ASSERT_FALSE(refused) << text << " became " << *refused;
    EXPECT_EQ(refused.error().what, "cannot put a value in the place of '{v}'");
    EXPECT_EQ(refused.error().where, "c.yaml:3:5");
    EXPECT_FALSE(refused.error().why.empty());
    EXPECT_FALSE(refused.error().hint.empty());
  }
}

TEST(Substitute, NamesTheNearestOfAMisspeltVariable) {
  const Variables values = {{"timestamp", "1"}, {"ebpf_pid", std::nullopt}};
  const auto misspelt = substitute("echo {timestmp}", values, kPlace);
  ASSERT_FALSE(misspelt);
  EXPECT_EQ(to_string(misspelt.error()), "unknown variable '{timestmp}': c.yaml:3:5");
  EXPECT_EQ(misspelt.error().hint, "did you mean 'timestamp'?");
  const auto unset = substitute("kill {ebpf_pid}", values, kPlace);
  ASSERT_FALSE(unset);
  EXPECT_EQ(to_string(unset.error()), "the variable '{ebpf_pid}' has no value here: c.yaml:3:5");
  EXPECT_TRUE(substitute("echo {quite_different}", values, kPlace));
  EXPECT_FALSE(substitute_template("echo {quite_different}", values, kPlace));
}

TEST(VariablesIn, FindsEachOnce) {
  EXPECT_THAT(variables_in("{a} {b_2} {a} ${c} {1x} {} {x y} {{d}}"), ElementsAre("a", "b_2", "d"));
}

TEST(Condition, IsEvaluated) {
  const Variables values = {{"x", "v"}, {"empty", ""}, {"unset", std::nullopt}};
  const std::vector<std::pair<std::string, bool>> table = {{"", true},
                                                           {"  ", true},
                                                           {"x is not None", true},
                                                           {"x is None", false},
                                                           {"unset is None", true},
                                                           {"x == \"v\"", true},
                                                           {"x=='v'", true},
                                                           {"x != 'v'", false},
                                                           {"x != 'w'", true},
                                                           {"empty == ''", true},
                                                           {"unset == ''", false},
                                                           {"unset != 'v'", true},
                                                           {" x  is  not  None ", true}};
  for (const auto& [text, expected] : table) {
    const auto result = holds(text, values, kPlace);
    ASSERT_TRUE(result) << text << ": " << to_string(result.error());
    EXPECT_EQ(*result, expected) << text;
  }
}

TEST(Condition, HasErrorsThatNameIt) {
  const Variables values = {{"ebpf_pid", "1"}};
  const std::vector<std::pair<std::string, std::string>> table = {
      {"ebpf_pd is None", "unknown variable 'ebpf_pd' in a condition: c.yaml:3:5"},
      {"ebpf_pid", "cannot read the condition 'ebpf_pid': c.yaml:3:5: no known comparison"},
      {"ebpf_pid is none", "cannot read the condition 'ebpf_pid is none': c.yaml:3:5: no known comparison"},
      {"ebpf_pid == 1",
       "cannot read the condition 'ebpf_pid == 1': c.yaml:3:5: the value is not one text in quotes"},
      {"ebpf_pid == 'a' or x",
       "cannot read the condition 'ebpf_pid == 'a' or x': c.yaml:3:5: the value is not one "
       "text in quotes"},
      {"== 'v'", "unknown variable '' in a condition: c.yaml:3:5"},
      {"'", "cannot read the condition ''': c.yaml:3:5: no known comparison"}};
  for (const auto& [text, expected] : table) {
    const auto result = holds(text, values, kPlace);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(to_string(result.error()), expected);
  }
}

TEST(EnvironmentVariables, AreThoseOfTheServersEnd) {
  const auto config = load_config(config_data(kOs630));
  ASSERT_TRUE(config) << to_string(config.error());
  const Variables host = environment_variables(*config, *config->environment("host"));
  EXPECT_EQ(host.at("host_LOCAL_IP"), "10.220.133.37");
  EXPECT_EQ(host.at("vm_REMOTE_IP"), "30.20.30.12");
  EXPECT_EQ(host.at("PHY_INTERFACE"), "ens19f0np0,ens19f1np1");
  EXPECT_EQ(host.at("INTERNAL_INTERFACE"), "port-storage");
  EXPECT_EQ(host.at("QEMU_PID"), std::nullopt);
  const Variables vm = environment_variables(*config, *config->environment("vm"));
  EXPECT_EQ(vm.at("VM_INTERFACE"), "vnet204");
  EXPECT_EQ(vm.at("QEMU_PID"), "4085771");
  EXPECT_THAT(*vm.at("vhost_pids"), HasSubstr("4089207,4089208,"));
  EXPECT_EQ(vm.at("INTERNAL_INTERFACE"), std::nullopt);
}

}  // namespace
}  // namespace bpftax
