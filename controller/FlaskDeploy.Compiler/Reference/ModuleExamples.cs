using System.Collections.Frozen;

namespace FlaskDeploy.Compiler.Reference;

/// <summary>
/// One task for each module, by name, for its page; a test compiles every one of them. They are here and not in the specs
/// because the agent carries the specs, and has no use for examples.
/// </summary>
internal static class ModuleExamples
{
    private static readonly FrozenDictionary<string, string> All = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["file"] = "- name: The site's directory\n  file:\n    path: /srv/site\n    state: directory\n    owner: app\n    mode: '0755'\n",
        ["copy"] = "- name: The site's settings\n  copy:\n    content: \"PORT=5000\\n\"\n    dest: /etc/site.conf\n    mode: '0644'\n",
        ["template"] = "- name: The proxy's site\n  template:\n    src: site.conf.j2\n    dest: /etc/nginx/conf.d/site.conf\n    mode: '0644'\n",
        ["yum"] = "- name: Web server\n  yum:\n    name: [nginx, python3]\n    state: present\n",
        ["dnf"] = "- name: Web server\n  dnf:\n    name: nginx\n    state: present\n",
        ["package"] = "- name: Web server\n  package:\n    name: nginx\n    state: present\n",
        ["pip"] = "- name: Flask\n  pip:\n    name: flask==3.0.3\n    virtualenv: /srv/site/venv\n    virtualenv_command: python3 -m venv\n",
        ["virtualenv"] = "- name: The site's environment\n  virtualenv:\n    path: /srv/site/venv\n",
        ["shell"] = "- name: Load the schema\n  shell: sqlite3 /srv/site/db < /srv/site/schema.sql\n  args:\n    creates: /srv/site/db\n",
        ["command"] = "- name: Initialise the database\n  command: /srv/site/bin/init-db\n  args:\n    creates: /srv/site/db\n",
        ["service"] = "- name: Web server runs\n  service:\n    name: nginx\n    state: started\n    enabled: true\n",
        ["systemd"] = "- name: Web server runs\n  systemd:\n    name: nginx\n    state: started\n    enabled: true\n    daemon_reload: true\n",
        ["systemd_service"] = "- name: Web server runs\n  systemd_service:\n    name: nginx\n    state: started\n",
        ["sysvinit"] = "- name: Web server runs\n  sysvinit:\n    name: nginx\n    state: started\n",
        ["supervisorctl"] = "- name: The site runs\n  supervisorctl:\n    name: site\n    state: started\n",
        ["wait_for"] = "- name: The site answers\n  wait_for:\n    port: 5000\n    timeout: 30\n",
        ["launch"] = "- name: The site\n  launch:\n    command: /srv/site/venv/bin/python /srv/site/app.py 5000\n    port: 5000\n",
        ["stop"] = "- name: No old site\n  stop:\n    port: 5001\n",
        ["ping"] = "- name: The agent is there\n  ping:\n",
        ["debug"] = "- name: Where we are\n  debug:\n    msg: \"this is {{ inventory_hostname }}\"\n",
        ["stat"] = "- name: Is there a database\n  stat:\n    path: /srv/site/db\n  register: db\n",
        ["lineinfile"] = "- name: No root by ssh\n  lineinfile:\n    path: /etc/ssh/sshd_config\n    regexp: '^#?PermitRootLogin'\n    line: PermitRootLogin no\n",
        ["blockinfile"] = "- name: Hosts of the site\n  blockinfile:\n    path: /etc/hosts\n    block: |\n      10.0.0.1 db\n      10.0.0.2 cache\n",
        ["replace"] = "- name: The new name of the database\n  replace:\n    path: /etc/site.conf\n    regexp: 'db1\\.example'\n    replace: db2.example\n",
        ["ini_file"] = "- name: The site's log level\n  ini_file:\n    path: /etc/site.ini\n    section: log\n    option: level\n    value: info\n",
        ["slurp"] = "- name: The host's key\n  slurp:\n    src: /etc/ssh/ssh_host_ed25519_key.pub\n  register: key\n",
        ["find"] = "- name: Old logs\n  find:\n    paths: /var/log/site\n    patterns: '*.log'\n    age: 30d\n  register: old\n",
        ["tempfile"] = "- name: A place to unpack\n  tempfile:\n    state: directory\n  register: place\n",
        ["assemble"] = "- name: One file of parts\n  assemble:\n    src: /etc/site.d\n    dest: /etc/site.conf\n    remote_src: true\n",
        ["fail"] = "- name: Not on this system\n  fail:\n    msg: \"a site needs CentOS\"\n  when: ansible_os_family != 'RedHat'\n",
        ["pause"] = "- name: Let the cache fill\n  pause:\n    seconds: 5\n",
        ["getent"] = "- name: Who the site runs as\n  getent:\n    database: passwd\n    key: app\n",
        ["set_fact"] = "- name: Where the site lies\n  set_fact:\n    site_url: \"http://{{ inventory_hostname }}:5000/\"\n",
        ["assert"] = "- name: Enough memory\n  assert:\n    that: ansible_memtotal_mb >= 256\n    fail_msg: the site needs 256 MB\n",
        ["include_vars"] = "- name: What is so on this system\n  include_vars: settings.yml\n",
        ["meta"] = "- name: Handlers now\n  meta: flush_handlers\n",
        ["group"] = "- name: The site's group\n  group:\n    name: app\n    system: true\n",
        ["user"] = "- name: The site's account\n  user:\n    name: app\n    shell: /sbin/nologin\n    system: true\n",
        ["cron"] = "- name: A backup each night\n  cron:\n    name: backup\n    hour: '3'\n    minute: '15'\n    job: /srv/site/bin/backup\n",
        ["hostname"] = "- name: The host's name\n  hostname:\n    name: web1.example\n",
        ["get_url"] = "- name: The release\n  get_url:\n    url: https://example.com/site-1.4.tar.gz\n    dest: /srv/site-1.4.tar.gz\n    mode: '0644'\n",
        ["uri"] = "- name: The site is well\n  uri:\n    url: http://127.0.0.1:5000/\n    status_code: 200\n",
        ["timezone"] = "- name: Time\n  timezone:\n    name: Europe/Oslo\n",
        ["sysctl"] = "- name: More connections\n  sysctl:\n    name: net.core.somaxconn\n    value: '1024'\n",
        ["mount"] = "- name: The site's data\n  mount:\n    path: /srv/data\n    src: /dev/sdb1\n    fstype: xfs\n    state: mounted\n",
        ["seport"] = "- name: The site may listen where it does\n  seport:\n    ports: 5000\n    proto: tcp\n    setype: http_port_t\n",
        ["seboolean"] = "- name: The proxy may connect\n  seboolean:\n    name: httpd_can_network_connect\n    state: true\n    persistent: true\n",
        ["selinux"] = "- name: SELinux is on\n  selinux:\n    policy: targeted\n    state: enforcing\n",
        ["firewalld"] = "- name: The site is reached\n  firewalld:\n    port: 5000/tcp\n    permanent: true\n    immediate: true\n    state: enabled\n",
        ["alternatives"] = "- name: Which python\n  alternatives:\n    name: python\n    path: /usr/bin/python3\n",
        ["rpm_key"] = "- name: Key of the repository\n  rpm_key:\n    key: /etc/pki/rpm-gpg/RPM-GPG-KEY-site\n    state: present\n",
        ["yum_repository"] = "- name: Our repository\n  yum_repository:\n    name: site\n    description: Packages of the site\n    baseurl: https://repo.example/el9/\n    gpgcheck: true\n",
        ["git"] = "- name: The site's code\n  git:\n    repo: https://example.com/site.git\n    dest: /srv/site\n    version: v1.4\n",
        ["unarchive"] = "- name: The release\n  unarchive:\n    src: /srv/site-1.4.tar.gz\n    dest: /srv/site\n    remote_src: true\n",
        ["raw"] = "- name: What system this is\n  raw: uname -r\n",
        ["script"] = "- name: Prepare\n  script: prepare.sh\n",
        ["setup"] = "- name: Facts anew\n  setup:\n",
        ["package_facts"] = "- name: Which packages\n  package_facts:\n",
        ["service_facts"] = "- name: Which services\n  service_facts:\n",
        ["wait_for_connection"] = "- name: The host is there\n  wait_for_connection:\n",
        ["authorized_key"] = "- name: Who may log in\n  authorized_key:\n    user: app\n    key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA operator\n",
        ["known_hosts"] = "- name: The code's host\n  known_hosts:\n    name: git.example\n    key: git.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        ["async_status"] = "- name: The import that an earlier task started\n  async_status:\n    jid: \"{{ ansible_facts.import_job | default('j1.1') }}\"\n  register: import\n  until: import is finished\n  retries: 60\n",
        ["add_host"] = "- name: One more host\n  add_host:\n    name: web9\n",
        ["add_host"] = "- name: The database that an earlier task found\n  add_host:\n    name: db1\n    groups: databases\n    ansible_connection: local\n",
        ["validate_argument_spec"] = "- name: What the site is given\n  validate_argument_spec:\n    argument_spec:\n      site_port:\n        type: int\n        required: true\n    provided_arguments:\n      site_port: 5000\n",
        ["group_by"] = "- name: By system\n  group_by:\n    key: os_RedHat\n",
        ["fetch"] = "- name: The log\n  fetch:\n    src: /var/log/site.log\n    dest: logs/\n",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Null: the module has none, which a test refuses.</summary>
    public static string? Of(string module) => All.GetValueOrDefault(module);
}
